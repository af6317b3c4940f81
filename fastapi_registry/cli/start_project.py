"""A new project: what `init` and its older twin `setup` do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import NamedTuple, TypeAlias

import click

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.adapters.chance import fresh_secret
from fastapi_registry.adapters.interpreter import python_in
from fastapi_registry.adapters.sources import wanted
from fastapi_registry.cli.carry_out import carry_out, finish
from fastapi_registry.cli.command import Run
from fastapi_registry.cli.install_packages import install_packages
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.new_project import Database, plan_init
from fastapi_registry.engine.plan import Plan
from fastapi_registry.engine.resolve import resolve
from fastapi_registry.engine.source import Manifests
from fastapi_registry.engine.tree import Tree

Command: TypeAlias = Callable[..., int]


class Wishes(NamedTuple):
    """What a new project is to be like."""

    path: Path | None
    name: str | None
    description: str
    database: Database
    force: bool
    no_install: bool
    requirements: bool


def project_options(function: Command) -> Command:
    """The flags of a new project, handed over as `Wishes`."""

    @wraps(function)
    def with_wishes(
        run: Run,
        *,
        path: Path | None,
        name: str | None,
        description: str,
        database: Database,
        force: bool,
        no_install: bool,
        requirements: bool,
        **own: object,
    ) -> int:
        wishes = Wishes(path, name, description, database, force, no_install, requirements)
        return function(run, wishes, **own)

    made: Command = with_wishes
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


_OPTIONS: Sequence[Callable[[Command], Command]] = (
    click.argument("path", required=False, type=click.Path(path_type=Path)),
    click.option("--name", "-n", help="Any name; by default that of the folder."),
    click.option("--description", "-d", default="", help="One sentence for pyproject.toml."),
    click.option(
        "--database",
        type=click.Choice(["sqlite", "postgres", "memory"]),
        default="sqlite",
        show_default=True,
        help="Where the data lives; DATABASE_URL changes it later.",
    ),
    click.option("--force", "-f", is_flag=True, help="Also into a folder that has files."),
    click.option("--no-install", is_flag=True, help="Leave the Python packages to you."),
    click.option(
        "--requirements",
        is_flag=True,
        help="Keep dependencies in requirements.txt instead of pyproject.toml.",
    ),
)


def start_project(run: Run, wishes: Wishes, names: Sequence[str] | None) -> int:
    """With the blocks `names`; `None` stands for all that there are."""
    root = _folder(run, wishes)
    outcome = carry_out(root, run, lambda folder: _plan(folder, root, wishes, names))
    installed = install_packages(run, outcome, wished=not wishes.no_install, is_new=True)
    steps = _steps(root, installed.steps, has_blocks=names is None or bool(names))
    return finish(run, installed.outcome, steps if outcome.written else ())


def _folder(run: Run, wishes: Wishes) -> Path:
    return (run.folder / (wishes.path or "")).resolve()


def _plan(folder: Tree, root: Path, wishes: Wishes, names: Sequence[str] | None) -> Plan:
    bundled = Bundled()
    asked = wanted(bundled.names() if names is None else names, root)
    order = resolve({CORE, *asked.names}, Manifests(asked.source))
    return plan_init(
        folder,
        [bundled.project(), *(asked.source.load(name) for name in order)],
        name=root.name if wishes.name is None else wishes.name,
        description=wishes.description,
        database=wishes.database,
        direct={CORE, *asked.names},
        fresh_secret=fresh_secret,
        force=wishes.force,
        requirements=wishes.requirements,
    )


def _steps(root: Path, install: Sequence[str], *, has_blocks: bool) -> tuple[str, ...]:
    here = root == Path.cwd()
    fastapi = python_in(Path(".venv")).with_name("fastapi")
    start = "uv run fastapi dev" if shutil.which("uv") else f"{fastapi} dev"
    more = () if has_blocks else ("fastapi-blocks add auth",)
    return (*(() if here else (f"cd {_shown(root)}",)), *install, *more, start)


def _shown(root: Path) -> str:
    """As short as one would type it from here."""
    from shlex import quote

    here = Path.cwd()
    return quote(str(root.relative_to(here) if root.is_relative_to(here) else root))
