"""Where blocks come from. The engine only knows this shape; adapters fill it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.manifest import Manifest


class UnknownBlock(UsageError):
    def __init__(self, name: str, known: Collection[str] = ()) -> None:
        hint = f"there are: {', '.join(sorted(known))}" if known else ""
        super().__init__(f"there is no block `{name}`", hint=hint)
        self.name = name


class Source(Protocol):
    """Some blocks, by name. A manifest is cheap to ask for, a block's files are not."""

    def names(self) -> Collection[str]: ...

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        ...

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`."""
        ...
