"""Where newer versions of installed blocks come from: from where the lock says they came."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi_registry.adapters.bundled import LABEL, Bundled
from fastapi_registry.adapters.folder import NoBlocks, blocks_in
from fastapi_registry.adapters.sources import NoSuchVersion
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.lock import Lock
from fastapi_registry.engine.manifest import PROJECT, Manifest
from fastapi_registry.engine.reference import Folder, Named, UnsupportedSource, parse_reference
from fastapi_registry.engine.source import Source, UnknownBlock
from fastapi_registry.engine.update.choice import NotInstalled


class SourceGone(RegistryError):
    def __init__(self, name: str, label: str) -> None:
        super().__init__(
            f"`{name}` came from `{label}`, and is not there any more",
            hint="name the folder that it is in now: `fastapi-blocks update ./folder`",
        )


@dataclass(frozen=True)
class Offer:
    """What there is for a project, and which of it was asked for: versions by name of block."""

    source: Source
    wanted: Mapping[str, str]
    gone: tuple[str, ...] = ()
    """Installed blocks whose source is not there any more."""

    @property
    def manifests(self) -> dict[str, Manifest]:
        return {name: self.source.manifest(name) for name in self.source.names()}


class Recorded:
    """Each installed block from its own source, whoever else offers one of that name."""

    def __init__(
        self, origins: Mapping[str, Source], others: Source, gone: Collection[str]
    ) -> None:
        self._origins = origins
        self._others = others
        self._gone = gone

    def names(self) -> Collection[str]:
        return sorted({*self._origins, *self._others.names()} - {*self._gone})

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        return self._of(name).manifest(name)

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`."""
        return self._of(name).load(name)

    def _of(self, name: str) -> Source:
        if name in self._gone:
            raise UnknownBlock(name, self.names())
        return self._origins.get(name, self._others)


class Everything:
    """What comes with this tool, the pseudo-block `project` too: it can be updated."""

    def __init__(self) -> None:
        self._bundled = Bundled()

    def names(self) -> Collection[str]:
        return [PROJECT, *self._bundled.names()]

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        return self._bundled.project_manifest() if name == PROJECT else self._bundled.manifest(name)

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`."""
        return self._bundled.project() if name == PROJECT else self._bundled.load(name)


def offer_for(lock: Lock, root: Path, texts: Iterable[str] = ()) -> Offer:
    """What `auth`, `auth@1.2` and `./folder` mean for an update of the project in `root`.

    Raises `NotAReference`, `UnsupportedSource`, `NoBlocks`, `NoSuchVersion`,
    `NotInstalled` or `SourceGone`.
    """
    bundled = Everything()
    origins = _origins(lock, root, bundled)
    wanted: dict[str, str] = {}
    for text in texts:
        match parse_reference(text):
            case Named(name, "", version):
                wanted[name] = version
            case Folder(path):
                folder = _folder(path, root)
                installed = [name for name in folder.names() if name in lock]
                if not installed:
                    raise NotInstalled(min(folder.names()))
                origins |= dict.fromkeys(installed, folder)
                wanted |= dict.fromkeys(installed, "")
            case _:
                raise UnsupportedSource(text)
    gone = tuple(block.name for block in lock.blocks if block.name not in origins)
    source = Recorded(origins, bundled, gone)
    for name, version in wanted.items():
        _check(name, version, source, lock)
    return Offer(source, wanted, gone)


def _origins(lock: Lock, root: Path, bundled: Source) -> dict[str, Source]:
    """The source of each installed block, without those that are gone."""
    found = {block.source: _recorded(root, block.source, bundled) for block in lock.blocks}
    pairs = ((block.name, found[block.source]) for block in lock.blocks)
    return {name: source for name, source in pairs if source is not None}


def _recorded(root: Path, label: str, bundled: Source) -> Source | None:
    if label == LABEL:
        return bundled
    try:
        return blocks_in(root / label, label)
    except NoBlocks:
        return None


def _folder(path: str, root: Path) -> Source:
    folder = Path(path).expanduser().absolute()
    return blocks_in(folder, Path(os.path.relpath(folder, root)).as_posix())


def _check(name: str, version: str, source: Source, lock: Lock) -> None:
    locked = lock.get(name)
    if locked is None:
        return  # which the engine refuses, in its own words
    if name not in source.names():
        raise SourceGone(name, locked.source)
    offered = source.manifest(name).version
    if version and version != offered and not offered.startswith(f"{version}."):
        raise NoSuchVersion(name, version, offered)
