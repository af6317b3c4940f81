"""The skeleton of a block in the user's own project: small, whole, and running at once."""

from __future__ import annotations

from typing import Final

from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.hub import HubEntry
from fastapi_registry.engine.errors import RegistryError, UsageError
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.manifest import parse_manifest
from fastapi_registry.engine.placing import PathsOccupied, refuse_unsafe
from fastapi_registry.engine.plan import BlockAction, Plan, Todo, difference
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


_SOMETHING_ELSE: Final = "call yours something else"


class NameTaken(UsageError):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is a block `{name}` already", hint=_SOMETHING_ELSE)


class NoName(UsageError):
    def __init__(self, text: str) -> None:
        super().__init__(
            f"`{text}` cannot be the name of a block",
            hint="small letters, digits and `-` will do, and no word of Python: `my-notes`",
        )


def plan_new_block(project: Tree, layout: Layout, name: str, taken: frozenset[str]) -> Plan:
    """A block of the user's: the lock does not know it, so nothing ever updates or removes it.

    Raises `NoName`, `NameTaken` and `PathsOccupied`.
    """
    words = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "path": name.replace("_", "-"),
        "root": layout.root_package,
    }
    contents = {path: text.format(**words).encode() for path, text in _FILES.items()}
    try:
        manifest = parse_manifest(contents["block.toml"], "the new block")
    except RegistryError as error:
        raise NoName(name) from error
    if name in taken:
        raise NameTaken(name)
    place = f"{layout.root_path}/{manifest.folder}"
    files = {f"{place}/{path}": contents[path] for path in contents}
    if occupied := [*project.below(place)]:
        raise PathsOccupied(occupied, hint=_SOMETHING_ELSE)
    refuse_unsafe(project, files)
    made, todo = _in_the_hub(project.merged(files), layout, name)
    action = BlockAction(name, manifest.version, "add")
    return Plan(changes=difference(project, made), blocks=(action,), todo=todo)


def _in_the_hub(project: Tree, layout: Layout, name: str) -> tuple[Tree, tuple[Todo, ...]]:
    entry = HubEntry(name, layout.root_package, None, layout.hub)
    try:
        hub = entry.ensure(project.get(layout.hub) or b"")
    except CannotEdit as refusal:
        return project, (refusal.todo,)
    return project.write(layout.hub, hub), ()
