"""The bundled blocks, and what their Python says: read, never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from fastapi_registry.adapters.bundled import EXAMPLE_PROJECT, Bundled
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.manifest import CORE

EXAMPLE = EXAMPLE_PROJECT
NAMES = tuple(sorted(Bundled().names()))


@cache
def block(name: str) -> Block:
    return Bundled().load(name)


@cache
def project_around_them() -> Block:
    """The pseudo-block `project`: what `init` installs before any block."""
    return Bundled().project()


def folder_of(name: str) -> str:
    """Where it stands in a new project."""
    return "app/core" if name == CORE else f"app/modules/{name}"


@dataclass(frozen=True)
class Import:
    """`module` is what stands after `from` or `import`; `names` are taken out of it."""

    src: str
    module: str
    names: tuple[str, ...] = ()

    @property
    def block(self) -> str | None:
        """The block that this leads into, if any."""
        parts = self.module.split(".")
        if parts[:2] == ["app", "modules"]:
            return parts[2] if len(parts) > 2 else next(iter(self.names), None)
        return "core" if parts[0] == "app" else None

    @property
    def is_of_public_face(self) -> bool:
        """`app.modules.auth`, not `app.modules.auth.repositories`."""
        return self.module.count(".") <= 2


@cache
def parsed(name: str) -> dict[str, ast.Module]:
    files = block(name).files
    return {src: ast.parse(files.read(src)) for src in files if src.endswith(".py")}


def imports(name: str) -> Iterator[Import]:
    for src, tree in parsed(name).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield Import(src, node.module, tuple(alias.name for alias in node.names))
            elif isinstance(node, ast.Import):
                yield from (Import(src, alias.name) for alias in node.names)


def is_test(src: str) -> bool:
    return "/tests/" in src or src.endswith("/testing.py")
