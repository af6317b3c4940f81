"""Where blocks come from. The engine only knows this shape; adapters fill it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

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


class Manifests(Mapping[str, Manifest]):
    """Those of a source by name, each read when it is asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __getitem__(self, name: str) -> Manifest:
        if name not in self._source.names():
            raise KeyError(name)
        return self._source.manifest(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._source.names())

    def __len__(self) -> int:
        return len(self._source.names())


@runtime_checkable
class Archive(Source, Protocol):
    """A source that has earlier versions too. What it says of a block is about the newest."""

    label: str
    """What the lock calls it."""

    def digest(self, name: str) -> str:
        """That of the block which `load` gives. Raises `UnknownBlock`."""
        ...

    def versions(self, name: str) -> Sequence[str]:
        """The newest first. Raises `UnknownBlock`."""
        ...

    def choose(self, name: str, version: str) -> None:
        """From now on it is about that one of the `versions`."""
        ...
