"""`add`: blocks into a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.adapters.chance import fresh_secret
from fastapi_registry.adapters.sources import Wanted, wanted
from fastapi_registry.cli.carry_out import carry_out, finish
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.install_packages import install_packages
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.install import plan_install
from fastapi_registry.engine.layout import layout_of
from fastapi_registry.engine.lock import Lock, lock_of
from fastapi_registry.engine.plan import BlockAction, Plan
from fastapi_registry.engine.resolve import resolve
from fastapi_registry.engine.tree import Tree


class NoProject(RegistryError):
    def __init__(self, root: Path) -> None:
        super().__init__(
            f"`{root}` is no project with blocks: it has no `blocks.lock`",
            hint="make one with `fastapi-blocks init`, or name its folder: `--project-path DIR`",
        )


@command(example="fastapi-blocks add auth two-factor", writes=True)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--no-install", is_flag=True, help="Leave the Python packages to you.")
@click.option("--no-migrations", is_flag=True, help="Leave the tables to you.")
def add(run: Run, names: Sequence[str], no_install: bool, no_migrations: bool) -> int:
    """Add blocks, with all that they require.

    NAME is a block that `fastapi-blocks list` shows, or `./folder` with a block of yours.
    """
    root = run.project
    asked = wanted(names, root)

    outcome = carry_out(
        root, run, lambda project: _plan(project, root, asked, migrations=not no_migrations)
    )
    installed = install_packages(run, outcome, wished=not no_install)
    return finish(run, installed.outcome, (*installed.steps, *_upgrade(outcome.plan, root)))


def _plan(project: Tree, root: Path, asked: Wanted, *, migrations: bool) -> Plan:
    lock = lock_of(project)
    layout = layout_of(lock)
    if layout is None:
        raise NoProject(root)
    source = asked.source
    available = {name: source.manifest(name) for name in source.names()}
    order = resolve(asked.names, available, lock.versions)
    plan = plan_install(
        project,
        [source.load(name) for name in order],
        layout,
        direct=asked.names,
        fresh_secret=fresh_secret,
        pins=Bundled().project_manifest().pins,
        migrations=migrations,
    )
    return replace(plan, blocks=(*plan.blocks, *_kept(asked.names, lock)))


def _kept(names: Sequence[str], lock: Lock) -> list[BlockAction]:
    there = [block for block in lock.blocks if block.name in names]
    return [BlockAction(block.name, block.version, "keep") for block in there]


def _upgrade(plan: Plan, root: Path) -> list[str]:
    """Migrations are run by whoever knows whether now is the time for it."""
    if not plan.migrations:
        return []
    return [f"python {'manage.py' if (root / 'manage.py').exists() else '-m app'} db upgrade"]
