"""Invariant 9 over `remove` and `undo`: killed anywhere, the project is the old or the new one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from fastapi_registry.engine.plan import Plan, applied
from fastapi_registry.engine.remove import plan_remove
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.undo.planning import plan_undo
from fastapi_registry.engine.undo.record import with_record
from tests.blocks.bundled import block
from tests.blocks.installing import ADDED, new_project, plan_add
from tests.blocks.test_killed import kill_at_every_step
from tests.engine.made_up_blocks import AUTH, LOGS, a_new_project, install
from tests.layouts.corpus import CORPUS, joined

Command: TypeAlias = Callable[[], tuple[Tree, Plan]]


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
    command: Command, tmp_path: Path
) -> None:
    """At each write, rename, fsync and unlink; the next command recovers."""
    old, plan = command()

    kill_at_every_step(old, plan, tmp_path)


def a_remove_of_a_bundled_block() -> tuple[Tree, Plan]:
    smallest = min(ADDED, key=lambda name: len(block(name).files))
    before = new_project()
    project = applied(with_record(plan_add(before, smallest), before, "add"), before)
    return project, with_record(plan_remove(project, [smallest]), project, "remove")


def an_undo_of_that_remove() -> tuple[Tree, Plan]:
    before, plan = a_remove_of_a_bundled_block()
    project = applied(plan, before)
    return project, plan_undo(project)


def an_undo_of_that_add() -> tuple[Tree, Plan]:
    project, _ = a_remove_of_a_bundled_block()
    return project, plan_undo(project)


def a_remove_of_the_last_block() -> tuple[Tree, Plan]:
    """From a project of somebody else's, where the lock and our folders go too."""
    project = joined(next(layout for layout in CORPUS if layout.name == "module_app"))
    return project, with_record(plan_remove(project, ["auth"]), project, "remove")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "every"),
    [
        (a_remove_of_a_bundled_block, 5),
        (an_undo_of_that_remove, 5),
        (an_undo_of_that_add, 5),
        (a_remove_of_the_last_block, 61),
    ],
)
def test_so_does_a_kill_here_and_there_on_the_way_back_from_real_blocks(
    command: Command, every: int, tmp_path: Path
) -> None:
    old, plan = command()

    kill_at_every_step(old, plan, tmp_path, every=every)
