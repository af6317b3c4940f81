"""`remove`: blocks out of a project, as if they had never been added."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from fastapi_registry.adapters.database import revisions_of_the_database
from fastapi_registry.cli.carry_out import Outcome, carry_out, finish
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.project import layout_in
from fastapi_registry.engine.edits.alembic import history
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.plan import Plan
from fastapi_registry.engine.reference import Named, NotAReference, parse_reference
from fastapi_registry.engine.remove import plan_remove
from fastapi_registry.engine.tree import Tree


@command(example="fastapi-blocks remove users auth", writes=True)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def remove(run: Run, names: Sequence[str]) -> int:
    """Take out blocks, with what had only come along with them.

    What you edited stays and is listed. Tables are never dropped: where a database has run
    a block's migrations, they stay too, `manage.py db migrate` leaves the tables alone, and
    you are told how to drop them.
    """
    root = run.project
    outcome = carry_out(root, run, lambda project: _plan(project, root, _normal(names)))
    return finish(run, outcome, _steps(outcome))


def _plan(project: Tree, root: Path, names: Sequence[str]) -> Plan:
    layout = layout_in(project, root)
    has_history = any(block.migrations for block in lock_of(project).blocks)
    known = {each.revision for each in history(project, *layout.locations)}
    ran = revisions_of_the_database(root, layout, os.environ, known) if has_history else None
    return plan_remove(project, names, database_at=ran)


def _normal(names: Sequence[str]) -> list[str]:
    """`two-factor` is `two_factor`. Raises `NotAReference` for what is no name of a block."""
    references = {name: parse_reference(name) for name in names}
    for name, reference in references.items():
        if not isinstance(reference, Named):
            raise NotAReference(name)
    return [each.name for each in references.values() if isinstance(each, Named)]


def _steps(outcome: Outcome) -> list[str]:
    """Packages may be there for other reasons: whoever knows them takes them out."""
    if not outcome.written or not outcome.plan.dependencies:
        return []
    if (outcome.root / "uv.lock").exists():
        return ["uv sync"]
    return ["poetry lock && poetry install"] if (outcome.root / "poetry.lock").exists() else []
