"""What a plan may not do to a disk, found out before anything is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from os.path import join
from pathlib import Path
from unicodedata import normalize

from fastapi_registry.adapters.failures import CannotWrite, NotOurs, ProjectChanged
from fastapi_registry.engine.errors import UnsafePath
from fastapi_registry.engine.plan import Change
from fastapi_registry.engine.tree import checked, folders_of

_ANY_WRITE_BIT = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_MOVE_IT = "move it or rename it, then run the command again"


def refuse_unsafe(changes: Iterable[Change], root: Path) -> None:
    """Raises an error that names the first path which must not be written.

    A block comes from somebody else. Its paths must not lead out of the project
    (`..`, a link), into git's own folder (a hook there would be run), or onto a
    file that differs in case only and is the same one on macOS and Windows.
    """
    ground = _Ground(root)
    for change in changes:
        if checked(change.path) != change.path or _is_gits_own(change.path):
            raise UnsafePath(change.path)
        for folder in folders_of(change.path):
            ground.refuse_as_folder(folder)
        is_there = ground.has_file(change.path)
        if change.after is not None:
            ground.refuse_twins(change.path)
        if is_there != (change.before is not None):
            raise ProjectChanged(change.path)  # another content shows when it is replaced


def _is_gits_own(path: str) -> bool:
    """Windows drops dots and spaces at the end of a name, and knows `.git` as `git~1` too."""
    names = {name.rstrip(". ") for name in path.casefold().split("/")}
    return not names.isdisjoint({".git", "git~1"})


class _Ground:
    """What lies where the plan would write. Each folder is looked at once."""

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._modes: dict[str, int | None] = {}
        self._names: dict[str, dict[str, set[str]]] = {}
        self._writable: set[str] = set()

    def refuse_as_folder(self, path: str) -> None:
        if path not in self._modes:
            mode = self._mode_of(path)
            self._refuse_link(path, mode)
            if mode is not None and not stat.S_ISDIR(mode):
                raise NotOurs(f"`{path}` is a file, and a folder is needed there", hint=_MOVE_IT)
            self._modes[path] = mode

    def has_file(self, path: str) -> bool:
        """Raises `NotOurs` and `CannotWrite` where no file can be written or replaced."""
        mode = self._mode_of(path)
        self._refuse_link(path, mode)
        if mode is not None and not stat.S_ISREG(mode):
            raise NotOurs(f"`{path}` is not a file, and a file is needed there", hint=_MOVE_IT)
        holders = (folder for folder in reversed([*folders_of(path)]) if self._modes[folder])
        for needed in (next(holders, "."), *((path,) if mode is not None else ())):
            self._refuse_read_only(needed)
        return mode is not None

    def refuse_twins(self, path: str) -> None:
        for part in (*folders_of(path), path):
            folder, _, name = part.rpartition("/")
            alike = self._names_in(folder).setdefault(_folded(name), {name})
            if name not in alike:
                twin = f"{folder}/{min(alike)}".lstrip("/")
                raise NotOurs(
                    f"`{part}` and `{twin}` are one and the same on disks that ignore case",
                    hint=f"rename `{twin}`, then run the command again",
                )

    def _mode_of(self, path: str) -> int | None:
        """`None` where there is nothing; below nothing there is nothing either."""
        holder = path.rpartition("/")[0]
        if holder and self._modes[holder] is None:
            return None
        try:
            return os.lstat(join(self._root, path)).st_mode
        except FileNotFoundError:
            return None

    def _refuse_link(self, path: str, mode: int | None) -> None:
        if mode is not None and stat.S_ISLNK(mode):
            raise NotOurs(
                f"`{path}` is a symbolic link: what is written there may lie outside the project",
                hint="put a real file or folder in its place, or do this change by hand",
            )

    def _refuse_read_only(self, path: str) -> None:
        """By its mode as well: root may write everywhere, yet such a file says it is to stay."""
        if path in self._writable:
            return
        place = join(self._root, path)
        if not os.access(place, os.W_OK) or not os.stat(place).st_mode & _ANY_WRITE_BIT:
            raise CannotWrite(path, "it is read-only", f"`chmod u+w {path}`, then run it again")
        self._writable.add(path)

    def _names_in(self, folder: str) -> dict[str, set[str]]:
        """Those on the disk and in the plan, as a disk that ignores case sees them."""
        if folder not in self._names:
            names: dict[str, set[str]] = {}
            there = not folder or self._modes[folder] is not None
            for found in os.scandir(join(self._root, folder)) if there else ():
                names.setdefault(_folded(found.name), set()).add(found.name)
            self._names[folder] = names
        return self._names[folder]


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()
