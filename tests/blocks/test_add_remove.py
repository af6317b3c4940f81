"""Invariant 5 over the bundled blocks: `add`, then `remove`, and nothing was ever there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path

import pytest

from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.plan import applied
from fastapi_registry.engine.remove import plan_remove
from fastapi_registry.engine.tree import Tree
from tests.blocks.bundled import block
from tests.blocks.installing import ADDED, new_project, plan_add, spread
from tests.layouts.corpus import SERVED, Layout, joined


def removed(project: Tree, *names: str) -> Tree:
    return applied(plan_remove(project, names), project)


@pytest.mark.parametrize("name", ADDED)
def test_what_is_added_last_is_removed_without_a_trace(name: str) -> None:
    before = new_project(*sorted(_needed_by(name) - {CORE}))

    after = removed(applied(plan_add(before, name), before), name)

    assert differing(after, before) == {}


def test_blocks_leave_in_every_order_that_their_needs_allow() -> None:
    """Only a revision that another continues stays, until nobody knows whose it was."""
    everything, nothing = new_project(*ADDED), new_project()

    for order in spread(filter(_lets_go, permutations(ADDED)), most=4):
        project = everything
        for name in order:
            project = removed(project, name)
        assert differing(project, nothing, ignoring="migrations/versions/") == {}, order


@pytest.mark.parametrize("layout", SERVED, ids=str)
def test_a_project_of_somebody_else_is_as_it_was(layout: Layout) -> None:
    """`core` had only come along: it goes with the last block that needs it."""
    after = removed(joined(layout), "auth")

    assert differing(after, layout.tree) == {}


def differing(one: Tree, other: Tree, ignoring: str = "nothing/") -> dict[str, tuple[object, ...]]:
    paths = [path for path in sorted({*one, *other}) if not path.startswith(ignoring)]
    pairs = {path: (one.get(path), other.get(path)) for path in paths}
    return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}


def _lets_go(order: tuple[str, ...]) -> bool:
    """Whether each block leaves before those that it needs."""
    return all(name not in _needed_by(*order[place + 1 :]) for place, name in enumerate(order))


def _needed_by(*names: str) -> set[str]:
    """All that `names` require, however far down."""
    directly = {each.name for name in names for each in block(name).manifest.requires}
    return directly | (_needed_by(*directly) if directly else set())


STYLES: Mapping[str, tuple[str, ...]] = {
    "one import a line": ("line-length=120", "lint.isort.force-single-line=true"),
    "single quotes": ("line-length=120", "format.quote-style='single'"),
    "short lines": ("line-length=70", "format.skip-magic-trailing-comma=true"),
}


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES.values(), ids=list(STYLES))
@pytest.mark.parametrize("layout", [None, SERVED[0]], ids=str)
def test_a_reformatted_project_is_as_if_reformatted_without_them(
    layout: Layout | None, style: tuple[str, ...], tmp_path: Path
) -> None:
    before, after = _before_and_after(layout)

    project = formatted(after, style, tmp_path / "after")
    plan = plan_remove(project, ["auth"])

    assert plan.todo == ()
    assert differing(applied(plan, project), formatted(before, style, tmp_path / "before")) == {}


def _before_and_after(layout: Layout | None) -> tuple[Tree, Tree]:
    if layout is None:
        before = new_project(*sorted(_needed_by("auth") - {CORE}))
        return before, applied(plan_add(before, "auth"), before)
    return layout.tree, joined(layout)


def formatted(project: Tree, style: tuple[str, ...], folder: Path) -> Tree:
    """As ruff would write it with other settings than ours."""
    for path in project:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(project.read(path))
    options = [f"--config={option}" for option in style]
    for words in (["check", "--select=I", "--fix-only"], ["format"]):
        command = [sys.executable, "-m", "ruff", *words, "--quiet", "--isolated", *options, "."]
        subprocess.run(command, cwd=folder, check=False)
    return Tree({path: (folder / path).read_bytes() for path in project})
