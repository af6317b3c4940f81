"""Whether new files can be put where they belong, asked before anything is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from fastapi_registry.engine.errors import DecisionNeeded, RegistryError
from fastapi_registry.engine.tree import Tree, all_folders_of, checked, folders_of


class PathsOccupied(DecisionNeeded):
    """Something of the user's is where a block would write."""

    def __init__(self, paths: Iterable[str], *, hint: str = "move what is there away") -> None:
        self.paths = tuple(sorted(paths))
        first, *others = self.paths
        more = f" and {len(others)} more" if others else ""
        super().__init__(f"`{first}`{more} would be overwritten", hint=hint)


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
    for place in _places(map(checked, files)):
        _refuse_twin(spellings.setdefault(_folded(place), place), place)
    tops = {folded for folded in spellings if "/" not in folded}
    near = (path for path in project.files if _folded(path.partition("/")[0]) in tops)
    for place in _places(near):
        _refuse_twin(spellings.get(_folded(place), place), place)


def occupied(project: Tree, files: Mapping[str, bytes]) -> list[str]:
    """The paths where something else is: another content, a folder, or a file on the way."""
    folders = all_folders_of(project.files)
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


def _places(paths: Iterable[str]) -> list[str]:
    """The paths and the folders on the way to them, each once, outermost first."""
    there = set(paths)
    return sorted(there | all_folders_of(there))


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
