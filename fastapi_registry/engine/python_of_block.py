"""What the Python of a block says, read and never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.rooting import EXAMPLE_ROOT


class CannotRead(RegistryError):
    def __init__(self, src: str, error: Exception) -> None:
        super().__init__(
            f"`{src}` cannot be read: {error}", hint="is it of a newer Python than this one?"
        )


@dataclass(frozen=True)
class Import:
    """`module` is what stands after `from` or `import`; `names` are taken out of it."""

    src: str
    line: int
    module: str
    names: tuple[str, ...] = ()

    @property
    def block(self) -> str | None:
        """The block that this leads into, if any."""
        root, *inside = self.module.split(".")
        if root != EXAMPLE_ROOT:
            return None
        if inside[:1] != ["modules"]:
            return CORE
        return inside[1] if len(inside) > 1 else next(iter(self.names), None)

    @property
    def is_of_public_face(self) -> bool:
        """`app.modules.auth`, not `app.modules.auth.repositories`."""
        return self.module.count(".") <= 2


@dataclass(frozen=True)
class Variable:
    """An environment variable that settings read: the `NAME` of a `Flat("NAME")`."""

    src: str
    line: int
    name: str


def imports_of(block: Block) -> Iterator[Import]:
    """Absolute ones. Raises `CannotRead`."""
    for src, module in _modules(block):
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = tuple(alias.name for alias in node.names)
                yield Import(src, node.lineno, node.module, names)
            elif isinstance(node, ast.Import):
                yield from (Import(src, node.lineno, alias.name) for alias in node.names)


def variables_of(block: Block) -> Iterator[Variable]:
    """Raises `CannotRead`."""
    for src, module in _modules(block):
        for node in ast.walk(module):
            match node:
                case ast.Call(ast.Name("Flat"), names) if not is_test(src):
                    for name in names:
                        if isinstance(name, ast.Constant) and isinstance(name.value, str):
                            yield Variable(src, node.lineno, name.value)


def is_test(src: str) -> bool:
    return "/tests/" in src or src.endswith("/testing.py")


def _modules(block: Block) -> Iterator[tuple[str, ast.Module]]:
    for src in block.files:
        if src.endswith(".py"):
            try:
                yield src, ast.parse(block.files.read(src))
            except (SyntaxError, ValueError) as error:
                raise CannotRead(src, error) from error
