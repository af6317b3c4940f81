"""What a plan may not do to a disk, found out before anything is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from unicodedata import normalize

from fastapi_registry.adapters.failures import CannotWrite, NotOurs, ProjectChanged
from fastapi_registry.engine.errors import UnsafePath
from fastapi_registry.engine.plan import Change
from fastapi_registry.engine.tree import checked

_ANY_WRITE_BIT = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def refuse_unsafe(changes: Iterable[Change], root: Path) -> None:
    """Raises an error that names the first path which must not be written.

    A block comes from somebody else. Its paths must not lead out of the project
    (`..`, a link), into git's own folder (a hook there would be run), or onto a
    file that differs in case only and is the same one on macOS and Windows.
    """
    names = _Names(root)
    for change in changes:
        if checked(change.path) != change.path or _is_gits_own(change.path):
            raise UnsafePath(change.path)
        _refuse_links(change.path, root)
        _refuse_what_is_no_file(change.path, root)
        if change.after is not None:
            names.refuse_twins(change.path)
        _refuse_read_only(change.path, root)
        _refuse_changed(change, root)


def _is_gits_own(path: str) -> bool:
    """Windows drops dots and spaces at the end of a name, and knows `.git` as `git~1` too."""
    names = {name.rstrip(". ") for name in path.casefold().split("/")}
    return not names.isdisjoint({".git", "git~1"})


def _refuse_links(path: str, root: Path) -> None:
    for part in _from_the_root(path):
        if (root / part).is_symlink():
            raise NotOurs(
                f"`{part}` is a symbolic link: what is written there may lie outside the project",
                hint="put a real file or folder in its place, or do this change by hand",
            )


def _refuse_what_is_no_file(path: str, root: Path) -> None:
    *folders, file = _from_the_root(path)
    for folder in folders:
        if (root / folder).exists() and not (root / folder).is_dir():
            raise NotOurs(f"`{folder}` is a file, and a folder is needed there", hint=_MOVE_IT)
    if (root / file).exists() and not (root / file).is_file():
        raise NotOurs(f"`{file}` is not a file, and a file is needed there", hint=_MOVE_IT)


_MOVE_IT = "move it or rename it, then run the command again"


def _refuse_read_only(path: str, root: Path) -> None:
    place = root / path
    folder = next(parent for parent in place.parents if parent.exists())
    for needed in (folder, place):
        if needed.exists() and _is_read_only(needed):
            name = needed.relative_to(root).as_posix()
            raise CannotWrite(name, "it is read-only", f"`chmod u+w {name}`, then run it again")


def _is_read_only(path: Path) -> bool:
    """By its mode as well: root may write everywhere, yet such a file says that it is to stay."""
    return not os.access(path, os.W_OK) or not path.stat().st_mode & _ANY_WRITE_BIT


def _refuse_changed(change: Change, root: Path) -> None:
    place = root / change.path
    if (place.read_bytes() if place.exists() else None) != change.before:
        raise ProjectChanged(change.path)


class _Names:
    """The names on disk and in the plan, as a disk that ignores case sees them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._by_folder: dict[PurePosixPath, dict[str, set[str]]] = {}

    def refuse_twins(self, path: str) -> None:
        for part in map(PurePosixPath, _from_the_root(path)):
            alike = self._in(part.parent).setdefault(_folded(part.name), {part.name})
            if part.name not in alike:
                twin = part.parent / min(alike)
                raise NotOurs(
                    f"`{part}` and `{twin}` are one and the same on disks that ignore case",
                    hint=f"rename `{twin}`, then run the command again",
                )

    def _in(self, folder: PurePosixPath) -> dict[str, set[str]]:
        if folder not in self._by_folder:
            names: dict[str, set[str]] = {}
            place = self._root / folder
            for found in place.iterdir() if place.is_dir() else ():
                names.setdefault(_folded(found.name), set()).add(found.name)
            self._by_folder[folder] = names
        return self._by_folder[folder]


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()


def _from_the_root(path: str) -> Iterator[str]:
    """`a`, `a/b`, `a/b/c` of `a/b/c`."""
    parents = [str(parent) for parent in PurePosixPath(path).parents][:-1]
    yield from (*reversed(parents), path)
