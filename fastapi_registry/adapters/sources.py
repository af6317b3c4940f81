"""From what a user types to where it is: the source of each named block."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.adapters.combined import Assigned, Combined, choose
from fastapi_registry.adapters.folder import blocks_in
from fastapi_registry.adapters.registries import Registries
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.reference import (
    Folder,
    GitHub,
    Named,
    Url,
    parse_reference,
)
from fastapi_registry.engine.source import Source

if TYPE_CHECKING:
    from fastapi_registry.adapters.registry import Registry


class SeveralBlocks(UsageError):
    def __init__(self, label: str, names: Sequence[str]) -> None:
        super().__init__(
            f"`{label}` has several blocks: {', '.join(names)}",
            hint=f"name one: `{label}/{names[0]}`",
        )


class Wanted(NamedTuple):
    """The blocks that were asked for by name, and what they and their requirements come from."""

    names: tuple[str, ...]
    source: Source
    notes: tuple[str, ...] = ()


def wanted(texts: Iterable[str], project: Path) -> Wanted:
    """What `auth`, `./folder` and `@acme/billing@1.2` mean. Folders are meant from the current one.

    Only what was asked for from a registry comes from there: a requirement that the bundled
    blocks fulfil is theirs, so that no registry can slip in an `auth` of its own. Raises
    `NoBlocks`, `SeveralBlocks`, `UnknownRegistry`, and what `parse_reference` and `choose` do.
    """
    bundled, registries = Bundled(), Registries(project)
    names: list[str] = []
    folders: list[Source] = []
    origins: dict[str, Source] = {}
    for text in texts:
        match parse_reference(text):
            case Named(name, "", version):
                choose(bundled, name, version)
                names.append(name)
            case Named(name, registry, version):
                origins[name] = registries.named(registry)
                choose(origins[name], name, version)
                names.append(name)
            case Url(address, name, version):
                origins[name] = registries.at(address)
                choose(origins[name], name, version)
                names.append(name)
            case GitHub() as reference:
                repository = registries.on_github(reference)
                name = meant_in(repository, reference)
                choose(repository, name, "")
                origins[name] = repository
                names.append(name)
            case Folder(path):
                source = folder_at(path, project)
                names += [name for name in source.names() if name != CORE]
                folders.append(source)
    others = Combined([*folders, bundled, *registries.opened])
    return Wanted(tuple(dict.fromkeys(names)), Assigned(origins, others), registries.notes)


def meant_in(repository: Registry, reference: GitHub) -> str:
    """The block that was named, or the only one that there is. Raises `SeveralBlocks`."""
    names = sorted(repository.names())
    if reference.name:
        return reference.name
    if len(names) != 1:
        raise SeveralBlocks(reference.label, names)
    return names[0]


def folder_at(path: str, project: Path) -> Source:
    """The blocks in the folder that the user calls `path`. Raises `NoBlocks`."""
    folder = Path(path).expanduser().absolute()
    return blocks_in(folder, Path(os.path.relpath(folder, project)).as_posix())
