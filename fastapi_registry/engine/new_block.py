"""The skeleton of a block in the user's own project: small, whole, and running at once."""

from __future__ import annotations

from typing import Final

from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.hub import HubEntry
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.manifest import parse_manifest
from fastapi_registry.engine.placing import PathsOccupied, refuse_unsafe
from fastapi_registry.engine.plan import Plan, Todo, difference
from fastapi_registry.engine.tree import Tree

_FILES: Final = {
    "block.toml": """\
schema = 1
name = "{name}"
version = "0.1.0"
title = "{title}"
requires = ["core >=1.0"]
""",
    "README.md": """\
# {title}

What it does, its settings, its endpoints, and which file to edit to change what.
""",
    "CHANGELOG.md": """\
# Changes of {title}

## 0.1.0

The first version.
""",
    "__init__.py": '''\
"""{title}. Other blocks import from here, never from inside."""

from {root}.core.blocks import Block
from {root}.modules.{name}.router import router

__all__ = ["block"]

block = Block(name="{name}", router=router)
''',
    "router.py": '''\
"""The endpoints of {title}."""

from {root}.core.routing import BlockRouter
from {root}.core.schemas import Message

router = BlockRouter(prefix="/{path}", tags=["{name}"])


@router.get("")
async def greet() -> Message:
    """Answers, so that you see that it runs."""
    return Message(message="{title} is here.")
''',
    "tests/__init__.py": "",
    "tests/test_router.py": '''\
"""{title} over HTTP."""

from collections.abc import Sequence

import httpx2
import pytest

from {root} import core
from {root}.core.blocks import Block
from {root}.modules import {name}


@pytest.fixture
def blocks() -> Sequence[Block]:
    return (core.block, {name}.block)


async def test_answers(client: httpx2.AsyncClient) -> None:
    response = await client.get("/api/v1/{path}")

    assert response.json() == {{"message": "{title} is here."}}
''',
}


class NameTaken(UsageError):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is a block `{name}` already", hint="call yours something else")


def plan_new_block(project: Tree, layout: Layout, name: str, taken: frozenset[str]) -> Plan:
    """A block of the user's: the lock does not know it, so nothing ever updates or removes it.

    Raises `NameTaken`, `PathsOccupied`, or `InvalidManifest` for what cannot be a name.
    """
    words = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "path": name.replace("_", "-"),
        "root": layout.root_package,
    }
    contents = {path: text.format(**words).encode() for path, text in _FILES.items()}
    folder = parse_manifest(contents["block.toml"], "the new block").folder
    if name in taken:
        raise NameTaken(name)
    files = {f"{layout.root_path}/{folder}/{path}": contents[path] for path in contents}
    if occupied := [*project.below(f"{layout.root_path}/{folder}")]:
        raise PathsOccupied(occupied)
    refuse_unsafe(project, files)
    made, todo = _in_the_hub(project.merged(files), layout, name)
    return Plan(changes=difference(project, made), todo=todo)


def _in_the_hub(project: Tree, layout: Layout, name: str) -> tuple[Tree, tuple[Todo, ...]]:
    entry = HubEntry(name, layout.root_package, None, layout.hub)
    try:
        hub = entry.ensure(project.get(layout.hub) or b"")
    except CannotEdit as refusal:
        return project, (refusal.todo,)
    return project.write(layout.hub, hub), ()
