"""Each file of a block between two versions: what it was, is here, and becomes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import Lock, LockedBlock, LockedFile
from fastapi_registry.engine.manifest import Manifest
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
    missing = [f for f in locked.files if f.state != "deleted" and f.path not in project]
    moved = found_again(project, missing, _paths(lock))
    moves = _moves(block.manifest)
    is_same = locked.digest == block.digest
    known: set[str] = set()
    for file in locked.files:
        src = file.src if file.src in contents else moves.get(file.src, file.src)
        known.add(src)
        if file.state == "ejected":
            continue
        path = moved.get(file.path, file.path)
        yours, theirs = project.get(path), contents.get(src)
        is_in_its_place = path == layout.path_of(file.src, block.name)
        target = layout.path_of(src, block.name) if is_in_its_place else path
        yield FileCase(file, src, path, target, yours, theirs, block.version, is_same)
    for src in sorted(contents.keys() - known):
        path = layout.path_of(src, block.name)
        yours, theirs = project.get(path), contents[src]
        yield FileCase(None, src, path, path, yours, theirs, block.version, is_same)


def _paths(lock: Lock) -> frozenset[str]:
    return frozenset(file.path for block in lock.blocks for file in block.files)


def _moves(manifest: Manifest) -> dict[str, str]:
    """From the old `src` to the new one."""
    prefix = f"{manifest.folder}/" if manifest.folder else ""
    return {prefix + old: prefix + new for old, new in manifest.moves.items()}
