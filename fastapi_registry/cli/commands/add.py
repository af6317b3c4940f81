"""`add`: blocks into a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.adapters.chance import fresh_secret
from fastapi_registry.adapters.disk import linked_code
from fastapi_registry.adapters.sources import Wanted, wanted
from fastapi_registry.cli.carry_out import carry_out, finish
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.install_packages import install_packages
from fastapi_registry.cli.project import LinkedCode, NoProject, commit_steps, upgrade_steps
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.install import plan_install
from fastapi_registry.engine.layout import Layout, layout_of
from fastapi_registry.engine.lock import Lock, lock_of
from fastapi_registry.engine.plan import BlockAction, Plan
from fastapi_registry.engine.resolve import resolve
from fastapi_registry.engine.source import Manifests
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.wishes import Wishes


@command(example="fastapi-blocks add auth two-factor", writes=True)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--app", metavar="MODULE:ATTR", help="The application, where several are likely.")
@click.option(
    "--root", metavar="PKG", help="The package for the blocks, by default PACKAGE.blocks."
)
@click.option("--alembic", metavar="PATH", help="The Alembic environment, where there are several.")
@click.option("--table-prefix", metavar="P", help="The first word of every table.")
@click.option("--no-install", is_flag=True, help="Leave the Python packages to you.")
@click.option("--no-migrations", is_flag=True, help="Leave the tables to you.")
def add(
    run: Run,
    names: Sequence[str],
    app: str | None,
    root: str | None,
    alembic: str | None,
    table_prefix: str | None,
    no_install: bool,
    no_migrations: bool,
) -> int:
    """Add blocks, with all that they require.

    NAME is a block that `fastapi-blocks list` shows, `./folder` with a block of yours,
    `@acme/NAME` of a registry that the project knows (`https://…/NAME` of one that it does not),
    or `github:OWNER/REPOSITORY#REF/NAME`. `NAME@1.2` is that version, where the source has it.
    In a project that has no blocks yet, --app, --root, --alembic and --table-prefix decide
    what is otherwise found out; later that stays. `[tool.fastapi-blocks]` in its pyproject.toml
    may say `root` and `entrypoint` for good.
    """
    folder = run.project
    asked = wanted(names, folder)
    wishes = Wishes(app, root, alembic, table_prefix, migrations=not no_migrations)

    outcome = carry_out(folder, run, lambda project: _plan(project, folder, asked, wishes))
    installed = install_packages(run, outcome, wished=not no_install)
    steps = (*installed.steps, *upgrade_steps(outcome), *commit_steps(outcome))
    return finish(run, installed.outcome, steps)


def _plan(project: Tree, folder: Path, asked: Wanted, wishes: Wishes) -> Plan:
    lock = lock_of(project)
    source = asked.source
    order = resolve(asked.names, Manifests(source), lock.versions)
    blocks = [source.load(name) for name in order]
    layout = layout_of(lock)
    if layout is None:
        joining = _joining(project, folder, blocks, asked, wishes)
        return joining._replace(notes=(*joining.notes, *asked.notes))
    _refuse_another(project, layout, wishes)
    plan = plan_install(
        project,
        blocks,
        layout,
        direct=asked.names,
        fresh_secret=fresh_secret,
        pins=Bundled().project_manifest().pins,
        migrations=wishes.migrations,
    )
    kept = _kept(asked.names, lock)
    return plan._replace(blocks=(*plan.blocks, *kept), notes=(*plan.notes, *asked.notes))


def _refuse_another(project: Tree, layout: Layout, wishes: Wishes) -> None:
    if wishes.decides:
        from fastapi_registry.engine.decided import refuse_another  # reads Python, too

        refuse_another(project, layout, wishes)


def _joining(
    project: Tree, folder: Path, blocks: Sequence[Block], asked: Wanted, wishes: Wishes
) -> Plan:
    """The first blocks of a project that somebody else laid out."""
    from fastapi_registry.engine.join import plan_join  # reads Python, which takes a while
    from fastapi_registry.engine.join_refusals import NoApplication

    names = asked.names
    try:
        if not any(path.endswith(".py") for path in project):
            raise NoProject(folder)
        return plan_join(project, blocks, direct=names, fresh_secret=fresh_secret, wishes=wishes)
    except (NoProject, NoApplication) as nothing:
        for link in linked_code(folder):
            raise LinkedCode(link, (folder / link).resolve()) from nothing
        raise


def _kept(names: Sequence[str], lock: Lock) -> list[BlockAction]:
    there = [block for block in lock.blocks if block.name in names]
    return [BlockAction(block.name, block.version, "keep") for block in there]
