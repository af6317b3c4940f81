"""`remove` after a project's own formatter went over the lines that `add` wrote there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fastapi_registry.engine.plan import applied
from fastapi_registry.engine.remove import plan_remove
from fastapi_registry.engine.tree import Tree
from tests.layouts.corpus import SERVED, Layout, joined
from tests.reformatting import WIDE, reformatted


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return all_of(lambda layout: layout.tree, tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return all_of(joined, tmp_path_factory.mktemp("after"))


@pytest.mark.parametrize("layout", SERVED, ids=str)
def test_what_is_left_is_their_project_as_their_formatter_has_it(
    layout: Layout, before: Tree, after: Tree
) -> None:
    project = joined(layout).merged(below(layout, after))

    removed = applied(plan_remove(project, ["auth"]), project)

    expected = layout.tree.merged(below(layout, before))
    assert {path for path in expected if removed.get(path) != expected.read(path)} == set()
    assert set(removed) == set(expected)


def all_of(version: Callable[[Layout], Tree], folder: Path) -> Tree:
    """Each layout's own Python and hub in a folder of its own: one run formats all of them."""
    files = {
        f"{layout.name}/{path}": version(layout).read(path)
        for layout in SERVED
        for path in version(layout)
        if path.endswith(".py") and (path in layout.tree or path.endswith("/installed.py"))
    }
    formatted = reformatted(Tree(files), WIDE, folder)
    assert sum(formatted.read(path) != files[path] for path in files) > len(SERVED)
    return formatted


def below(layout: Layout, projects: Tree) -> Mapping[str, bytes]:
    start = f"{layout.name}/"
    return {
        path.removeprefix(start): projects.read(path) for path in projects if path.startswith(start)
    }
