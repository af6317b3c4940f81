"""From what a user types to where it is: the source of each named block."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.adapters.folder import blocks_in
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.manifest import CORE, Manifest
from fastapi_registry.engine.reference import (
    Folder,
    Named,
    UnsupportedSource,
    parse_reference,
)
from fastapi_registry.engine.source import Source, UnknownBlock


class NoSuchVersion(UsageError):
    def __init__(self, name: str, wanted: str, offered: str) -> None:
        super().__init__(
            f"there is no `{name}` {wanted}",
            hint=f"this version of fastapi-blocks brings `{name}` {offered}",
        )


@dataclass(frozen=True)
class Wanted:
    """The blocks that were asked for by name, and what they and their requirements come from."""

    names: tuple[str, ...]
    source: Source


class Combined:
    """Several sources as one: the first that knows a name answers for it."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def names(self) -> Collection[str]:
        return sorted({name for source in self._sources for name in source.names()})

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        return self._of(name).manifest(name)

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`."""
        return self._of(name).load(name)

    def _of(self, name: str) -> Source:
        for source in self._sources:
            if name in source.names():
                return source
        raise unknown(name, self.names())


def wanted(texts: Iterable[str], project: Path) -> Wanted:
    """What `auth`, `two-factor` and `./folder` mean. Folders are meant from the current one.

    Raises `NotAReference`, `UnsupportedSource`, `UnknownBlock`, `NoSuchVersion` or `NoBlocks`.
    """
    bundled = Bundled()
    names: list[str] = []
    folders: list[Source] = []
    for text in texts:
        match parse_reference(text):
            case Named(name, "", version):
                _check(name, version, bundled)
                names.append(name)
            case Folder(path):
                source = _folder(path, project)
                names += [name for name in source.names() if name != CORE]
                folders.append(source)
            case _:
                raise UnsupportedSource(text)
    return Wanted(tuple(dict.fromkeys(names)), Combined([*folders, bundled]))


def unknown(name: str, known: Collection[str]) -> UsageError:
    """`UnknownBlock`, with the name that was probably meant."""
    from difflib import get_close_matches  # only where a name is wrong

    error = UnknownBlock(name, known)
    if close := get_close_matches(name, known, n=1):
        error.hint = f"did you mean `{close[0]}`? {error.hint}"
    return error


def _check(name: str, version: str, source: Source) -> None:
    if name not in source.names():
        raise unknown(name, source.names())
    offered = source.manifest(name).version
    if version and version != offered and not offered.startswith(f"{version}."):
        raise NoSuchVersion(name, version, offered)


def _folder(path: str, project: Path) -> Source:
    folder = Path(path).expanduser().absolute()
    return blocks_in(folder, Path(os.path.relpath(folder, project)).as_posix())
