"""Each file of a block between two versions: what it was, is here, and becomes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import Lock, LockedBlock, LockedFile
from fastapi_registry.engine.status import is_as_installed
from fastapi_registry.engine.tree import Tree, digest
from fastapi_registry.engine.update.moved import found_again


@dataclass(frozen=True)
class FileCase:
    """`installed` is what the lock knows, `None` for a file that is new in this version."""

    installed: LockedFile | None
    src: str
    path: str
    """Where the file is now, wherever the user put it."""
    target: str
    """Where it belongs from now on."""
    yours: bytes | None
    theirs: bytes | None
    version: str
    is_same_version: bool
    """Whether the block goes to the very version that the lock already names."""

    @property
    def is_untouched(self) -> bool:
        return (
            self.installed is not None
            and self.yours is not None
            and is_as_installed(self.yours, self.installed)
        )

    @property
    def is_unchanged(self) -> bool:
        """Whether both versions have the same content."""
        return (
            self.installed is not None
            and self.theirs is not None
            and digest(self.theirs) == self.installed.base
        )

    @property
    def needs_merge(self) -> bool:
        both_differ = not self.is_untouched and not self.is_unchanged
        is_there = self.yours is not None and self.theirs is not None
        return is_there and both_differ and self.yours != self.theirs


def file_cases(
    project: Tree, lock: Lock, layout: Layout, block: Block, contents: Mapping[str, bytes]
) -> Iterator[FileCase]:
    """`contents` is the new version as this project would have it, by `src`.

    Files that were given to the user for good (`ejected`) are not among them.
    """
    locked = lock.get(block.name) or LockedBlock(block.name, "", block.source, "")
    new_names = _new_names(locked, block, contents)
    places = {src: layout.path_of(src, block.name) for src in contents}
    missing = [f for f in locked.files if f.state != "deleted" and f.path not in project]
    moved = found_again(project, missing, {*lock.paths, *places.values()})
    is_same = locked.digest == block.digest
    for file in locked.files:
        if file.state == "ejected":
            continue
        src, path = new_names[file.src], moved.get(file.path, file.path)
        is_in_its_place = path == layout.path_of(file.src, block.name)
        target = places.get(src, path) if is_in_its_place else path
        yours, theirs = project.get(path), contents.get(src)
        yield FileCase(file, src, path, target, yours, theirs, block.version, is_same)
    for src in sorted(contents.keys() - new_names.values()):
        beside = _beside_its_neighbours(src, locked)
        path = places[src] if beside is None or beside in lock.paths else beside
        yours, theirs = project.get(path), contents[src]
        yield FileCase(None, src, path, path, yours, theirs, block.version, is_same)


def _beside_its_neighbours(src: str, locked: LockedBlock) -> str | None:
    """Where the others of its folder are, also if the user moved all of them."""
    place = PurePosixPath(src)
    neighbours = [file for file in locked.files if PurePosixPath(file.src).parent == place.parent]
    homes = {PurePosixPath(file.path).parent for file in neighbours if file.state == "tracked"}
    keep_names = all(PurePosixPath(f.src).name == PurePosixPath(f.path).name for f in neighbours)
    return str(homes.pop() / place.name) if len(homes) == 1 and keep_names else None


def _new_names(locked: LockedBlock, block: Block, contents: Mapping[str, bytes]) -> dict[str, str]:
    """What each installed `src` is called from now on.

    A move counts once: where both files are there already, neither became the other.
    """
    folder = f"{block.manifest.folder}/".lstrip("/")
    moves = {folder + old: folder + new for old, new in block.manifest.moves.items()}
    installed = {file.src for file in locked.files}
    return {
        src: src if src in contents or moves.get(src) in installed else moves.get(src, src)
        for src in installed
    }
