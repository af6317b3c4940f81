"""Invariant 9 over `remove` and `undo`: killed anywhere, the project is the old or the new one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fastapi_registry.engine.plan import Plan, applied
from fastapi_registry.engine.remove import plan_remove
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.undo.planning import plan_undo
from fastapi_registry.engine.undo.record import with_record
from tests.blocks.test_killed import kill_at_every_step
from tests.engine.made_up_blocks import AUTH, LOGS, a_new_project, install


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies loses nothing that it wrote; only a power cut does."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def a_remove() -> tuple[Tree, Plan]:
    project = a_new_project(AUTH, LOGS)
    return project, with_record(plan_remove(project, ["auth", "logs"]), project, "remove")


def an_undo_of_an_add() -> tuple[Tree, Plan]:
    before = a_new_project(LOGS)
    project = applied(with_record(install(before, AUTH), before, "add"), before)
    return project, plan_undo(project)


def an_undo_of_a_remove() -> tuple[Tree, Plan]:
    before, plan = a_remove()
    project = applied(plan, before)
    return project, plan_undo(project)


@pytest.mark.parametrize("command", [a_remove, an_undo_of_an_add, an_undo_of_a_remove])
def test_a_kill_at_any_step_leaves_the_old_project_or_the_new(
    command: Callable[[], tuple[Tree, Plan]], tmp_path: Path
) -> None:
    """At each write, rename, fsync and unlink; the next command recovers."""
    old, plan = command()

    kill_at_every_step(old, plan, tmp_path)
