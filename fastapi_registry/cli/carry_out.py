"""Read, plan, show, confirm, apply: the way of every command that writes.

There is one plan. What is shown, what `--json` tells and what is written are that value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from fastapi_registry.adapters.disk import Recovered, apply, read_project, recover, settle
from fastapi_registry.adapters.process_lock import alone_in
from fastapi_registry.cli.command import Run
from fastapi_registry.cli.documents import plan_document
from fastapi_registry.cli.drawing import (
    already_there,
    conflict_lines,
    diff_lines,
    file_lines,
    headings,
    need_lines,
    note_lines,
    step_lines,
    todo_lines,
)
from fastapi_registry.engine.plan import Plan
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.undo.record import with_record

SOMETHING_TO_DO = 4
LEFT_TO_YOU = 3

Planner = Callable[[Tree], Plan]


class Outcome(NamedTuple):
    root: Path
    before: Tree
    plan: Plan
    written: bool


def look_at(root: Path, run: Run) -> Tree:
    """The project as it is; first put in order, if a command died while it wrote."""
    _tell(recover(root, _waits(run)), run)
    return read_project(root)


def carry_out(root: Path, run: Run, planner: Planner) -> Outcome:
    """Make the plan and, unless this is a rehearsal, write it: all of it, or nothing.

    Only a plan that touches what is there already has to be confirmed.
    """
    if not run.writes:
        project = look_at(root, run)
        plan = planner(project)
        run.output.data(_rehearsed(plan, project, run))
        return Outcome(root, project, plan, written=False)
    with alone_in(root, _waits(run)):
        _tell(settle(root), run)
        project = read_project(root)
        plan = planner(project)
        asked = run.output.can_ask and any(change.before is not None for change in plan.changes)
        if asked:
            _ask(plan, project, run)
        apply(with_record(plan, project, run.output.command), root)
        run.output.go_on_unheard()
    if run.diff and not asked:
        run.output.data(diff_lines(plan.changes))
    run.output.say(*_told(plan, project, run, briefly=asked))
    return Outcome(root, project, plan, written=not plan.is_empty)


def finish(run: Run, outcome: Outcome, steps: Sequence[str] = ()) -> int:
    """Say what is left and what comes next; returns the exit code of the command."""
    plan = outcome.plan
    if run.writes:
        run.output.say(*todo_lines(plan.todo), *step_lines(steps))
    told = {"project": str(outcome.root), "written": outcome.written, "next": list(steps)}
    difference = {"diff": "\n".join(diff_lines(plan.changes))} if run.diff else {}
    return run.output.document({**told, **plan_document(plan), **difference}, _exit_code(run, plan))


def _exit_code(run: Run, plan: Plan) -> int:
    if run.check and not plan.is_empty:
        return SOMETHING_TO_DO
    return LEFT_TO_YOU if plan.needs_decision else 0


def _ask(plan: Plan, before: Tree, run: Run) -> None:
    run.output.say(*_rehearsed(plan, before, run))
    if not run.output.confirms("Write this?"):
        raise click.Abort


def _rehearsed(plan: Plan, before: Tree, run: Run) -> list[str]:
    head = headings(plan, done=False) if plan.changes else [already_there(plan)]
    difference = ["", *diff_lines(plan.changes)] if run.diff and plan.changes else []
    return [*head, *_contents(plan, before, run), *todo_lines(plan.todo), *difference]


def _told(plan: Plan, before: Tree, run: Run, *, briefly: bool) -> list[str]:
    head = headings(plan, done=True) if plan.changes else [already_there(plan)]
    return [*head, *(() if briefly else _contents(plan, before, run))]


def _contents(plan: Plan, before: Tree, run: Run) -> list[str]:
    each = run.output.is_verbose
    files, needs = file_lines(plan, before, each=each), need_lines(plan, each=each)
    return [*files, *needs, *note_lines(plan), *conflict_lines(plan)]


def _waits(run: Run) -> Callable[[str], None]:
    def say(process: str) -> None:
        who = f" (process {process})" if process else ""
        run.output.say(f"Waiting for another `fastapi-blocks`{who} that works on this project")

    return say


def _tell(recovered: Recovered | None, run: Run) -> None:
    if recovered is None:
        return
    run.output.say("The last command was cut off while it wrote: the project is as it was before")
    for path in recovered.left:
        run.output.say(f"  ! {path} was edited since, and stays as it is now")
