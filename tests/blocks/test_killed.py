"""Invariant 9 over a real `add`: killed anywhere, the project is the old one or the new one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from fastapi_registry.adapters.disk import apply, read_project, recover
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.plan import Plan, applied, difference
from fastapi_registry.engine.tree import Tree
from tests.blocks.bundled import block
from tests.blocks.installing import ADDED, new_project, plan_add

pytestmark = pytest.mark.slow

KILLED = 9


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies loses nothing that it wrote; only a power cut does."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def test_a_kill_at_any_step_of_an_add_leaves_the_old_project_or_the_new(tmp_path: Path) -> None:
    """At each write, rename, fsync and unlink; the next command recovers."""
    old = new_project()
    smallest = min(ADDED, key=lambda name: len(block(name).files))

    kill_at_every_step(old, plan_add(old, smallest), tmp_path)


@pytest.mark.parametrize("name", ADDED)
def test_so_does_a_kill_here_and_there_in_a_larger_add(name: str, tmp_path: Path) -> None:
    old = new_project(*(need.name for need in block(name).manifest.requires if need.name != CORE))
    plan = plan_add(old, name)

    kill_at_every_step(old, plan, tmp_path, every=1 + len(plan.changes) // 10)


def kill_at_every_step(old: Tree, plan: Plan, folder: Path, *, every: int = 1) -> None:
    """Asserts that each death leaves, after the next command, the old project or the new one.

    Time grows with the square of the steps: `every` tries fewer of them.
    """
    new = applied(plan, old)
    bring(folder, old)

    endings: list[str] = []
    for _ in deaths(plan, folder, every):
        recover(folder, on_wait=lambda process: None)
        left = files_in(folder)
        assert left in (files_of(old), files_of(new)), f"killed at step {len(endings)}"
        endings.append("old" if left == files_of(old) else "new")
        if endings[-1] == "new":
            bring(folder, old)

    assert endings == sorted(endings, reverse=True), "once it is new it stays new"
    assert set(endings) == {"old", "new"} or every > 1


def deaths(plan: Plan, folder: Path, every: int) -> Iterator[int]:
    """The steps at which a process that applies `plan` can die: it has died there."""
    for step in count(step=every):
        child = os.fork()
        if child == 0:
            apply(plan, folder, on_step=DiesAt(step))
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            return
        yield step


class DiesAt:
    """As SIGKILL does it: no handler runs, nothing is flushed."""

    def __init__(self, step: int) -> None:
        self._left = step

    def __call__(self, step: str) -> None:
        if self._left == 0:
            os._exit(KILLED)
        self._left -= 1


def bring(folder: Path, tree: Tree) -> None:
    """Make `folder` hold `tree`, whatever it holds now."""
    apply(Plan(changes=difference(read_project(folder), tree)), folder)


def files_in(folder: Path) -> dict[str, bytes]:
    return dict(read_project(folder).files)


def files_of(tree: Tree) -> dict[str, bytes]:
    return dict(tree.files)
