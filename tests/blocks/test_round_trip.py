"""Invariants 3 and 4 over the bundled blocks: the round trip, and the second time."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from itertools import permutations

import pytest

from fastapi_registry.engine.lock import LOCK_PATH
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.plan import applied
from fastapi_registry.engine.tree import Tree, digest
from tests.blocks.bundled import EXAMPLE, block
from tests.blocks.installing import ADDED, new_project, plan_add, spread

LEFT_OUT = {".env", LOCK_PATH}
"""What the example project does not have: secrets, and the record of an installation."""

LINK = re.compile(rb"^down_revision = .*\n", re.MULTILINE)


def orders() -> Iterator[tuple[str, ...]]:
    """Every order in which a block comes after those that it requires."""
    for order in permutations(ADDED):
        before = {CORE}
        for name in order:
            if not {requirement.name for requirement in block(name).manifest.requires} <= before:
                break
            before.add(name)
        else:
            yield order


@pytest.mark.parametrize("order", spread(orders()), ids="-".join)
def test_every_order_of_installation_reproduces_the_example_project(order: tuple[str, ...]) -> None:
    """But for the links of the history, which go by the order (ADR 6)."""
    project = new_project()
    for name in order:
        project = applied(plan_add(project, name), project)

    assert compared(project, links=False) == the_example_project(links=False)


def test_all_at_once_reproduces_the_example_project() -> None:
    assert compared(new_project(*ADDED)) == the_example_project()


@pytest.mark.parametrize("name", ADDED)
def test_a_second_add_changes_nothing(name: str) -> None:
    project = new_project(*ADDED)

    assert plan_add(project, name).is_empty


def the_example_project(*, links: bool = True) -> dict[str, str]:
    """As git sees it: what a run in place has left behind is no part of it."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, check=True)
    paths = (path for path in listed.stdout.split("\0") if path and (EXAMPLE / path).exists())
    return {path: told(path, (EXAMPLE / path).read_bytes(), links) for path in paths}


def compared(project: Tree, *, links: bool = True) -> dict[str, str]:
    """Digests, which a failing test can show."""
    ours = (path for path in project if path not in LEFT_OUT and not path.startswith(".blocks/"))
    return {path: told(path, project.read(path), links) for path in ours}


def told(path: str, content: bytes, links: bool) -> str:
    if not links and path.startswith("migrations/versions/"):
        content = LINK.sub(b"", content)
    return digest(content)
