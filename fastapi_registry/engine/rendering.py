"""What a block's file becomes in this project.

Blocks are rooted (`rooting.py`). The files of the pseudo-block `project` are the only ones
with variables: `{{ name }}` and `{{ description }}`, in the files that it lists under
`rewrite`. Its `pyproject.toml` is the example project's: named anew, and without the
dependencies, which each block brings when it is installed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.edits.pyproject import named, without_dependencies
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.joined_files import joined_files
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.manifest import CORE, PROJECT
from fastapi_registry.engine.rooting import rooted_file

WRITTEN_ONCE: Final = frozenset({"pyproject.toml", ".env.example", "README.md"})
"""Files of `project` that many hands write to: from the start they are the user's."""

_VARIABLE = re.compile(rb"\{\{ (\w+) \}\}")


class UnknownVariable(RegistryError):
    def __init__(self, src: str, name: str) -> None:
        super().__init__(f"`{src}` has a variable that nobody fills: `{name}`")


def installed_files(block: Block, layout: Layout, params: Mapping[str, str]) -> dict[str, bytes]:
    """The content of every file, by its `src`."""
    if block.name == PROJECT:
        return {src: _rendered(block, src, params) for src in block.files}
    contents = {src: rooted_file(block, src, layout) for src in block.files}
    if block.name == CORE and layout.joins:
        contents |= joined_files(layout)
    return contents


def _rendered(block: Block, src: str, params: Mapping[str, str]) -> bytes:
    content = block.files.read(src)
    if src == "pyproject.toml":
        known = {"name": params["distribution"], "description": params["description"]}
        return without_dependencies(named(content, known))
    return _filled(src, content, params) if block.is_rewritten(src) else content


def _filled(src: str, content: bytes, params: Mapping[str, str]) -> bytes:
    def value(match: re.Match[bytes]) -> bytes:
        name = match[1].decode()
        if name not in params:
            raise UnknownVariable(src, name)
        return params[name].encode()

    return _VARIABLE.sub(value, content)
