"""Blocks in a folder: a project laid out like `example_project`, or the folder of one block."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

from fastapi_registry.adapters.disk import read_project
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import RegistryError, UsageError
from fastapi_registry.engine.index import IndexedBlock, indexed
from fastapi_registry.engine.manifest import CORE, Manifest, parse_manifest
from fastapi_registry.engine.source import UnknownBlock
from fastapi_registry.engine.tree import Tree

MANIFEST = "block.toml"
ROOT_PACKAGE = "app"
INDEX = "registry.json"
VERSIONS = "versions"
"""Beside `app`: each folder in it is a registry as an earlier release left it."""


class NoBlocks(UsageError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"there are no blocks in `{folder}`",
            hint=f"name a folder with a {MANIFEST}, or a project with app/modules/*/{MANIFEST}",
        )


class TwoOfOneVersion(RegistryError):
    def __init__(self, name: str, version: str) -> None:
        super().__init__(
            f"`{name}` {version} is there twice, with different files",
            hint="whoever has installed one would not get the other: give it a new version",
        )


def blocks_in(folder: Path, label: str) -> ProjectFolder | BlockFolder:
    """The blocks in a folder of either shape. Raises `NoBlocks`.

    `label` is what the lock remembers as their source.
    """
    if (folder / MANIFEST).is_file():
        return BlockFolder(folder, label)
    if (folder / ROOT_PACKAGE / CORE / MANIFEST).is_file() or (
        any((folder / ROOT_PACKAGE).glob(f"modules/*/{MANIFEST}"))
    ):
        return ProjectFolder(folder, label)
    raise NoBlocks(folder)


def published_in(folder: Path) -> tuple[IndexedBlock, ...]:
    """The blocks in a folder and their earlier versions. Raises `NoBlocks`, `TwoOfOneVersion`."""
    found: dict[tuple[str, str], IndexedBlock] = {}
    is_one_block = (folder / MANIFEST).is_file()
    earlier = () if is_one_block else sorted((folder / VERSIONS).glob("*/"))
    for place in (folder, *earlier):
        way = place.relative_to(folder).as_posix()
        for block in _indexed_in(place, "" if way == "." else f"{way}/"):
            name, version = block.manifest.name, block.manifest.version
            if found.setdefault((name, version), block).digest != block.digest:
                raise TwoOfOneVersion(name, version)
    return tuple(found.values())


def _indexed_in(place: Path, way: str) -> Iterator[IndexedBlock]:
    source = blocks_in(place, place.name)
    for name in source.names():
        yield indexed(source.load(name), f"{way}{source.folder_of(name)}".rstrip("/"))


class ProjectFolder:
    """A project whose files are the blocks. Its virtual environment and caches are not read."""

    def __init__(self, folder: Path, label: str) -> None:
        self._package = folder / ROOT_PACKAGE
        self._label = label
        self._manifests: dict[str, Manifest] = {}

    def names(self) -> Collection[str]:
        return self._folders.keys()

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        if name not in self._folders:
            raise UnknownBlock(name, self.names())
        if name not in self._manifests:
            self._manifests[name] = _manifest_in(self._folders[name])
        return self._manifests[name]

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`."""
        manifest = self.manifest(name)
        paths = (manifest.folder, *manifest.paths)
        files = {src: content for path in paths for src, content in files_at(self._package, path)}
        return Block(manifest, Tree(files), self._label)

    def folder_of(self, name: str) -> str:
        """Where a block's own folder stands in this one."""
        return f"{ROOT_PACKAGE}/{self.manifest(name).folder}"

    @cached_property
    def _folders(self) -> dict[str, Path]:
        places = (self._package / CORE, *sorted(self._package.glob("modules/*")))
        return {place.name: place for place in places if (place / MANIFEST).is_file()}


class BlockFolder:
    """One block, wherever its folder lies and whatever it is called."""

    def __init__(self, folder: Path, label: str) -> None:
        self._folder = folder
        self._label = label

    def names(self) -> Collection[str]:
        return (self._manifest.name,)

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        if name != self._manifest.name:
            raise UnknownBlock(name, self.names())
        return self._manifest

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`."""
        manifest = self.manifest(name)
        inside = read_project(self._folder)
        paths = (path for path in inside if path != INDEX)
        files = {f"{manifest.folder}/{path}": inside.read(path) for path in paths}
        return Block(manifest, Tree(files), self._label)

    def folder_of(self, name: str) -> str:
        """Where a block's own folder stands in this one: it is this one."""
        return ""

    @cached_property
    def _manifest(self) -> Manifest:
        return _manifest_in(self._folder)


def files_at(root: Path, path: str) -> Iterator[tuple[str, bytes]]:
    """The file at `path`, or the files below it, each with its path from `root`."""
    if (root / path).is_file():
        yield path, (root / path).read_bytes()
        return
    inside = read_project(root / path)
    yield from ((f"{path}/{name}", inside.read(name)) for name in inside)


def _manifest_in(folder: Path) -> Manifest:
    place = folder / MANIFEST
    return parse_manifest(place.read_bytes(), str(place))
