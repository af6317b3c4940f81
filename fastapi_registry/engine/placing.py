"""Whether new files can be put where they belong, asked before anything is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from fastapi_registry.engine.errors import DecisionNeeded, RegistryError
from fastapi_registry.engine.tree import Tree, checked, folders_of


class PathsOccupied(DecisionNeeded):
    """Something of the user's is where a block would write."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = tuple(sorted(paths))
        first, *others = self.paths
        more = f" and {len(others)} more" if others else ""
        super().__init__(
            f"`{first}`{more} would be overwritten",
            hint="move what is there away, or choose another place with `--root`",
        )


class CaseTwins(RegistryError):
    """Two paths that are one file on a disk that does not tell case, and two on another."""

    def __init__(self, path: str, twin: str) -> None:
        super().__init__(
            f"`{path}` and `{twin}` differ only in their spelling",
            hint="rename one of them: on macOS and Windows they are the same",
        )


def refuse_unsafe(project: Tree, files: Mapping[str, bytes]) -> None:
    """Raises `UnsafePath` and `CaseTwins`: for what must not be written at all."""
    spellings: dict[str, str] = {}
    for path in sorted(files):
        for part in _way_to(checked(path)):
            _refuse_twin(spellings.setdefault(_folded(part), part), part)
    tops = {folded for folded in spellings if "/" not in folded}
    for path in project.files:
        if _folded(path.split("/", maxsplit=1)[0]) in tops:
            for part in _way_to(path):
                _refuse_twin(spellings.get(_folded(part), part), part)


def occupied(project: Tree, files: Mapping[str, bytes]) -> list[str]:
    """The paths where something else is: another content, a folder, or a file on the way."""
    folders = {folder for path in project.files for folder in folders_of(path)}
    return [
        path
        for path in files
        if path in folders
        or any(folder in project for folder in folders_of(path))
        or (path in project and project.read(path) != files[path])
    ]


def _refuse_twin(one: str, other: str) -> None:
    if one != other:
        raise CaseTwins(one, other)


def _way_to(path: str) -> Iterator[str]:
    yield from folders_of(path)
    yield path


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
