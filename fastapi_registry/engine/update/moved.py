"""Where files are that the user moved: nobody but the content says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath

from fastapi_registry.engine.lock import LockedFile
from fastapi_registry.engine.merge import with_line_end
from fastapi_registry.engine.tree import Tree, digest

_SMALLEST = 32
"""Bytes. Less, such as an empty `__init__.py`, is in many places by chance."""


def found_again(
    project: Tree, files: Iterable[LockedFile], taken: Collection[str]
) -> dict[str, str]:
    """The new path of each of `files`, by its old one, where exactly one file has its content.

    `taken` are the paths of all installed files. A file that was moved and edited is not
    recognised: a guess would merge an update into something else.
    """
    bases = {file.path: file.base for file in files}
    places = _places(project, bases, taken) if bases else {}
    return {path: places[base][0] for path, base in bases.items() if len(places[base]) == 1}


def _places(
    project: Tree, bases: Mapping[str, str], taken: Collection[str]
) -> Mapping[str, list[str]]:
    """The paths of everything that may be one of the files, by digest."""
    suffixes = {PurePosixPath(path).suffix for path in bases}
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in project:
        if PurePosixPath(path).suffix in suffixes and path not in taken:
            content = project.read(path)
            if len(content) >= _SMALLEST:
                for name in {digest(content), digest(with_line_end(content, b"\n"))}:
                    places[name].append(path)
    return places
