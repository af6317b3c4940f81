"""A project as a value: paths and their content, nothing on disk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from fastapi_registry.engine.errors import UnsafePath


def digest(content: bytes) -> str:
    """The hex SHA-256 by which the lock, the index and a plan name a content."""
    return sha256(content).hexdigest()


@lru_cache(maxsize=4096)  # a command asks for the same few hundred paths several times
def checked(path: str) -> str:
    """`path` in its one spelling: relative to the project, "/" on every system.

    Raises `UnsafePath` for what would lead out of the project, or mean another
    file (or a device) on another system: absolute, `..`, a drive letter, a backslash.
    """
    names = [name for name in path.split("/") if name not in ("", ".")]
    if not names or path.startswith("/") or any(map(_is_unsafe, names)):
        raise UnsafePath(path)
    return "/".join(names)


_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def _is_unsafe(name: str) -> bool:
    """Windows drops dots and spaces at the end, so that `.git.` is git's own folder,
    where a hook would be run; and it opens the printer for `lpt1.py`.
    """
    return (
        name == ".."
        or name != name.rstrip(". ")
        or name.casefold() in (".git", "git~1")
        or _FORBIDDEN.search(name) is not None
        or _DEVICE.fullmatch(name) is not None
    )


def folders_of(path: str) -> Iterator[str]:
    """The folders on the way to `path`, outermost first: `a`, `a/b` of `a/b/c`."""
    place = path.find("/")
    while place >= 0:
        yield path[:place]
        place = path.find("/", place + 1)


def all_folders_of(paths: Iterable[str]) -> set[str]:
    """The folders on the way to any of `paths`."""
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


class Edited(Mapping[str, bytes]):
    """Files with edits on top of them; `None` is a deletion.

    What was not edited is never read: the ground may be a folder of many thousand files.
    """

    ground: Mapping[str, bytes]
    edits: Mapping[str, bytes | None]

    def __init__(self, files: Mapping[str, bytes], edits: Mapping[str, bytes | None]) -> None:
        if isinstance(files, Edited):
            self.ground, self.edits = files.ground, {**files.edits, **edits}
        else:
            self.ground, self.edits = files, edits

    def __getitem__(self, path: str) -> bytes:
        content = self.edits[path] if path in self.edits else self.ground[path]
        if content is None:
            raise KeyError(path)
        return content

    def __contains__(self, path: object) -> bool:
        if isinstance(path, str) and path in self.edits:
            return self.edits[path] is not None
        return path in self.ground

    def __iter__(self) -> Iterator[str]:
        yield from (path for path in self.ground if path not in self.edits)
        yield from (path for path, content in self.edits.items() if content is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class Tree:
    """An immutable project: `write` and `without` return another tree.

    `files` may read a content when it is first asked for, so nothing here looks at
    a content without need.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)

    def __contains__(self, path: object) -> bool:
        return path in self.files

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.files))

    def __len__(self) -> int:
        return len(self.files)

    def read(self, path: str) -> bytes:
        """Raises `KeyError` where there is no such file."""
        return self.files[path]

    def text(self, path: str) -> str:
        return self.files[path].decode("utf-8")

    def get(self, path: str) -> bytes | None:
        return self.files.get(path)

    def below(self, folder: str) -> Iterator[str]:
        """The paths inside `folder`, sorted."""
        prefix = checked(folder) + "/"
        return (path for path in self if path.startswith(prefix))

    def write(self, path: str, content: bytes) -> Tree:
        return self.merged({path: content})

    def merged(self, files: Mapping[str, bytes]) -> Tree:
        """Raises `UnsafePath` if one of the paths leads out of the project."""
        return Tree(Edited(self.files, {checked(path): files[path] for path in files}))

    def without(self, *paths: str) -> Tree:
        return Tree(Edited(self.files, dict.fromkeys(paths)))

    def may_differ(self, other: Tree) -> set[str]:
        """The paths whose content may not be the same in both, found without reading any."""
        mine, theirs = Edited(self.files, {}), Edited(other.files, {})
        if mine.ground is theirs.ground:
            return {*mine.edits, *theirs.edits}
        return {*self.files, *other.files}
