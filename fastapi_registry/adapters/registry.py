"""A registry, wherever it stands. Nothing that it says is taken on trust.

Its blocks must be those that its index names, by the digest over all their files, and the
manifest in a block's folder must say what the index said: otherwise the whole block is refused,
before anything is planned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import Protocol

from fastapi_registry.adapters.folder import MANIFEST
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.index import IndexedBlock
from fastapi_registry.engine.manifest import PROJECT, Manifest, parse_manifest
from fastapi_registry.engine.source import UnknownBlock
from fastapi_registry.engine.tree import Tree


class RegistryLies(RegistryError):
    """What was sent is not what the index promised."""

    def __init__(self, label: str, name: str, what: str) -> None:
        super().__init__(
            f"`{label}` does not send the `{name}` that its index promises: {what}",
            hint="nothing was written; run it again, and if it stays so, tell who publishes it",
        )


class Shelf(Protocol):
    """Where a registry keeps its index and its files."""

    label: str
    """What the user calls it."""
    notes: list[str]
    """What the user should know about how the blocks were got."""

    def index(self) -> Sequence[IndexedBlock]:
        """By name, the newest version of each first."""
        ...

    def contents(self, entry: IndexedBlock) -> Mapping[str, bytes]:
        """The files of a block by `src`."""
        ...


class Registry:
    """Its blocks, each in the newest version unless `choose` said otherwise."""

    def __init__(self, shelf: Shelf) -> None:
        self.label = shelf.label
        self._shelf = shelf
        self._chosen: dict[str, IndexedBlock] = {}

    @property
    def notes(self) -> Sequence[str]:
        return self._shelf.notes

    def names(self) -> Collection[str]:
        return self._versions.keys()

    def versions(self, name: str) -> Sequence[str]:
        """The newest first. Raises `UnknownBlock`."""
        if name not in self._versions:
            raise UnknownBlock(name, self.names())
        return [block.manifest.version for block in self._versions[name]]

    def choose(self, name: str, version: str) -> None:
        """From now on that of the `versions` of `name` is meant."""
        place = self.versions(name).index(version)
        self._chosen[name] = self._versions[name][place]

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        return self._entry(name).manifest

    def digest(self, name: str) -> str:
        """As the index promises it. Raises `UnknownBlock`."""
        return self._entry(name).digest

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`, `RegistryLies`, or that the registry cannot be reached."""
        entry = self._entry(name)
        block = self._assembled(entry, self._shelf.contents(entry))
        if block.digest != entry.digest:
            raise RegistryLies(self.label, name, "its files are not those of its digest")
        return block

    def _entry(self, name: str) -> IndexedBlock:
        if name not in self._versions:
            raise UnknownBlock(name, self.names())
        return self._chosen.get(name, self._versions[name][0])

    @cached_property
    def _versions(self) -> Mapping[str, tuple[IndexedBlock, ...]]:
        """`project` is never among them: what surrounds the blocks is the user's."""
        by_name = groupby(self._shelf.index(), key=lambda block: block.manifest.name)
        return {name: tuple(versions) for name, versions in by_name if name != PROJECT}

    def _assembled(self, entry: IndexedBlock, contents: Mapping[str, bytes]) -> Block:
        name, place = entry.manifest.name, f"{entry.manifest.folder}/{MANIFEST}"
        if place not in contents:
            raise RegistryLies(self.label, name, f"it has no {MANIFEST}")
        manifest = parse_manifest(contents[place], f"{MANIFEST} of `{name}`")
        if manifest != entry.manifest:
            raise RegistryLies(self.label, name, f"its {MANIFEST} says something else")
        return Block(manifest, Tree(contents), self.label)
