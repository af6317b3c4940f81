"""The last step of `init` and `add`: the Python packages that the blocks need."""

from __future__ import annotations

import os
from typing import NamedTuple

from fastapi_registry.adapters.packages import (
    Installation,
    advised,
    installation_for,
    installation_of_new,
)
from fastapi_registry.cli.carry_out import Outcome
from fastapi_registry.cli.command import Run
from fastapi_registry.engine.layout import layout_of
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.plan import Todo, applied


class Installed(NamedTuple):
    """How it went: `outcome` says if it failed, `steps` are what the user is still to do."""

    outcome: Outcome
    steps: tuple[str, ...] = ()


def install_packages(
    run: Run, outcome: Outcome, *, wished: bool, is_new: bool = False
) -> Installed:
    """A failure is reported and leaves the files as they are: they are right."""
    needed = outcome.plan.dependencies
    if not outcome.written or not needed:
        return Installed(outcome)
    folder = _packages_folder(outcome)
    installation = (
        installation_of_new(outcome.root)
        if is_new
        else installation_for(outcome.root, os.environ, needed, packages_folder=folder)
    )
    if installation is None:
        return Installed(outcome, advised(outcome.root, needed, folder))
    if not wished:
        return Installed(outcome, installation.lines)
    run.output.say("Installing packages: this may take a minute")
    with run.output.progress() as show:
        failure = installation.run(show)
    if failure is None:
        return Installed(outcome)
    run.output.say(*failure.said)
    return Installed(_with_what_failed(outcome, installation))


def _packages_folder(outcome: Outcome) -> str:
    # It never changes: only the first block of a project has to be asked in the new lock.
    before = layout_of(lock_of(outcome.before))
    layout = before or layout_of(lock_of(applied(outcome.plan, outcome.before)))
    return layout.packages_folder if layout else ""


def _with_what_failed(outcome: Outcome, installation: Installation) -> Outcome:
    why = "the packages could not be installed; the files are in place. Run:"
    todo = Todo(why, snippet="\n".join(installation.lines))
    return outcome._replace(plan=outcome.plan._replace(todo=(*outcome.plan.todo, todo)))
