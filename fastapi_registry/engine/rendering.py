"""What a block's file becomes in this project.

Blocks are rooted (`rooting.py`). The files of the pseudo-block `project` are the only ones
with variables: `{{ name }}` and `{{ description }}`, in the files that it lists under
`rewrite`. Its `pyproject.toml` is the example project's: named anew, and without the
dependencies, which each block brings when it is installed. Where a project keeps them in
`requirements.txt`, the tools for development stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.edits.pyproject import (
    development_tools,
    named,
    without_dependencies,
    without_lists,
)
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.joined_files import joined_files
from fastapi_registry.engine.layout import REQUIREMENTS, REQUIREMENTS_DEV, Layout
from fastapi_registry.engine.manifest import CORE, PROJECT
from fastapi_registry.engine.rooting import rooted_file

WRITTEN_ONCE: Final = frozenset({"pyproject.toml", REQUIREMENTS_DEV, ".env.example", "README.md"})
"""Files of `project` that many hands write to: from the start they are the user's."""

# What an image copies, and the command that installs what it says.
_BY_PYPROJECT: Final = {
    "dependency_files": "pyproject.toml uv.lock*",
    "install_packages": "uv sync --no-dev --no-install-project",
    "install_all_packages": "uv sync --no-install-project",
}
_BY_REQUIREMENTS: Final = {
    "dependency_files": "requirements*.txt",
    "install_packages": f"uv venv /opt/venv && uv pip install -r {REQUIREMENTS}",
    "install_all_packages": f"uv venv /opt/venv && uv pip install -r {REQUIREMENTS_DEV}",
}

_VARIABLE = re.compile(rb"\{\{ (\w+) \}\}")


class UnknownVariable(RegistryError):
    def __init__(self, src: str, name: str) -> None:
        super().__init__(f"`{src}` has a variable that nobody fills: `{name}`")


def installed_files(block: Block, layout: Layout, params: Mapping[str, str]) -> dict[str, bytes]:
    """The content of every file, by its `src`."""
    if block.name == PROJECT:
        return _around_the_blocks(block, layout, params)
    contents = {src: rooted_file(block, src, layout) for src in block.files}
    if block.name == CORE and layout.joins:
        contents |= joined_files(layout)
    return contents


def _around_the_blocks(block: Block, layout: Layout, params: Mapping[str, str]) -> dict[str, bytes]:
    has_requirements = layout.dependency_file == REQUIREMENTS
    known = {**params, **(_BY_REQUIREMENTS if has_requirements else _BY_PYPROJECT)}
    contents = {src: _rendered(block, src, known) for src in block.files}
    if has_requirements:
        lines = [f"-r {REQUIREMENTS}", *development_tools(contents["pyproject.toml"])]
        contents[REQUIREMENTS_DEV] = "".join(f"{line}\n" for line in lines).encode()
        contents["pyproject.toml"] = without_lists(contents["pyproject.toml"])
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
