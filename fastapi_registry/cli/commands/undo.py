"""`undo`: the last command, taken back."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi_registry.adapters.database import revisions_of_the_database
from fastapi_registry.cli.carry_out import carry_out, finish
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.install_packages import install_packages
from fastapi_registry.cli.project import upgrade_steps
from fastapi_registry.engine.edits.alembic import history
from fastapi_registry.engine.layout import layout_of
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.plan import Plan
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.undo.planning import plan_undo
from fastapi_registry.engine.undo.record import RECORD


@command(example="fastapi-blocks undo --dry-run", writes=True)
def undo(run: Run) -> int:
    """Take back the last command that wrote, if nothing it wrote was edited since.

    Only the last one is remembered. Packages that were installed stay.
    """
    root = run.project
    outcome = carry_out(root, run, lambda project: _plan(project, root))
    installed = install_packages(run, outcome, wished=False)
    return finish(run, installed.outcome, (*installed.steps, *upgrade_steps(outcome)))


def _plan(project: Tree, root: Path) -> Plan:
    lock = lock_of(project)
    layout = layout_of(lock)
    has_history = RECORD in project and any(block.migrations for block in lock.blocks)
    if layout is None or not has_history:
        return plan_undo(project)
    known = {each.revision for each in history(project, *layout.locations)}
    ran = revisions_of_the_database(root, layout, os.environ, known)
    return plan_undo(project, database_at=ran)
