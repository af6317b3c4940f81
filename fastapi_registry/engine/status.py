"""How each installed block stands: as installed, edited, or behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fastapi_registry.engine.lock import LockedBlock, LockedFile, lock_of
from fastapi_registry.engine.resolve import is_newer
from fastapi_registry.engine.tree import Tree, digest

Standing = Literal["untouched", "edited", "deleted", "conflicted"]


@dataclass(frozen=True)
class BlockStatus:
    name: str
    version: str
    edited: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    conflicted: tuple[str, ...] = ()
    newest: str = ""
    """The newer version that there is, "" if there is none."""

    @property
    def standing(self) -> Standing:
        """The worst of what its files are."""
        if self.conflicted:
            return "conflicted"
        if self.deleted:
            return "deleted"
        return "edited" if self.edited else "untouched"

    @property
    def is_outdated(self) -> bool:
        return bool(self.newest)


def status(project: Tree, available: Mapping[str, str] | None = None) -> tuple[BlockStatus, ...]:
    """Every installed block, by name. `available` has the newest versions, where known."""
    newest = available or {}
    return tuple(
        _block_status(project, block, newest.get(block.name, ""))
        for block in lock_of(project).blocks
    )


def _block_status(project: Tree, block: LockedBlock, newest: str) -> BlockStatus:
    standings: dict[str, list[str]] = {"edited": [], "deleted": [], "conflicted": []}
    for file in block.files:
        standings.setdefault(_standing(project, file), []).append(file.path)
    return BlockStatus(
        block.name,
        block.version,
        edited=tuple(standings["edited"]),
        deleted=tuple(standings["deleted"]),
        conflicted=tuple(standings["conflicted"]),
        newest=newest if newest and is_newer(newest, block.version) else "",
    )


def _standing(project: Tree, file: LockedFile) -> Standing:
    if file.state == "conflicted":
        return "conflicted"
    if file.state == "ejected":
        return "untouched"  # the user's own: there is nothing that it should be like
    content = project.get(file.path)
    if content is None:
        return "deleted"
    return "untouched" if is_as_installed(content, file) else "edited"


def is_as_installed(content: bytes, file: LockedFile) -> bool:
    """Whether only git's line endings may have changed since `file` was installed."""
    return file.base in (digest(content), digest(content.replace(b"\r\n", b"\n")))
