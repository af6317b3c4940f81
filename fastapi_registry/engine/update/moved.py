"""Where files are that the user moved: nobody but the content says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from fastapi_registry.engine.lock import LockedFile
from fastapi_registry.engine.status import is_as_installed
from fastapi_registry.engine.tree import Tree

_SMALLEST = 32
"""Bytes. Less, such as an empty `__init__.py`, is in many places by chance."""


def found_again(
    project: Tree, files: Iterable[LockedFile], taken: Collection[str]
) -> dict[str, str]:
    """The new path of each of `files`, by its old one, where exactly one file has its content.

    `taken` are the paths of all installed files. A file that was moved and edited is not
    recognised: a guess would merge an update into something else.
    """
    places = ((file.path, _places(project, file, taken)) for file in files)
    return {path: found[0] for path, found in places if len(found) == 1}


def _places(project: Tree, file: LockedFile, taken: Collection[str]) -> list[str]:
    suffix = PurePosixPath(file.path).suffix
    return [
        path
        for path in project
        if PurePosixPath(path).suffix == suffix
        and path not in taken
        and len(content := project.read(path)) >= _SMALLEST
        and is_as_installed(content, file)
    ]
