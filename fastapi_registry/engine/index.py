"""`registry.json`: the blocks of a registry without their files.

It may come from a stranger: what does not look as `build` writes it is refused. A block may
stand there in several versions; every reader takes the newest unless one is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cmp_to_key
from typing import Final, NamedTuple

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.manifest import EnvVar, Manifest, manifest_of
from fastapi_registry.engine.resolve import is_newer
from fastapi_registry.engine.tree import checked, digest

SCHEMA: Final = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BESIDE_THE_MANIFEST = ("digest", "files", "folder")


class InvalidIndex(RegistryError):
    def __init__(self, complaint: str) -> None:
        super().__init__(f"the index of this registry cannot be read: {complaint}")


class IndexedFile(NamedTuple):
    src: str
    sha256: str
    size: int
    """In bytes."""


class IndexedBlock(NamedTuple):
    manifest: Manifest
    digest: str
    files: tuple[IndexedFile, ...]
    folder: str
    """Where the block's own folder stands, seen from `registry.json`; "" for right beside it."""

    def place_of(self, src: str) -> str:
        """Where a file stands; what a block has beside its own folder, stands beside it here too.

        Raises `UnsafePath`.
        """
        own = f"{self.manifest.folder}/"
        if src.startswith(own):
            return checked(f"{self.folder}/{src.removeprefix(own)}".lstrip("/"))
        return checked(f"{self.folder.removesuffix(self.manifest.folder)}{src}")


def indexed(block: Block, folder: str | None = None) -> IndexedBlock:
    """`folder` is where the block stands, if not as in the example project."""
    files = (
        IndexedFile(src, digest(content), len(content))
        for src, content in ((src, block.files.read(src)) for src in block.files)
    )
    place = _usual_folder(block.manifest) if folder is None else folder
    return IndexedBlock(block.manifest, block.digest, tuple(files), place)


def index_of(blocks: Iterable[IndexedBlock]) -> bytes:
    """The same bytes for the same blocks, whatever their order was."""
    entries = [_entry(block) for block in newest_first(blocks)]
    document = {"schema": SCHEMA, "blocks": entries}
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def parse_index(content: bytes) -> tuple[IndexedBlock, ...]:
    """By name, the newest version of each first.

    Raises `InvalidIndex`, `UnsafePath`, or `InvalidManifest` for an entry that is not as a
    manifest is.
    """
    try:
        document = json.loads(content)
        if document["schema"] != SCHEMA:
            raise InvalidIndex(f"its schema is {document['schema']!r}, this tool knows {SCHEMA}")
        return newest_first(_indexed_block(entry) for entry in document["blocks"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidIndex(f"{type(error).__name__}: {error}") from error


def newest_first(blocks: Iterable[IndexedBlock]) -> tuple[IndexedBlock, ...]:
    """By name, the newest version of each first."""
    return tuple(sorted(blocks, key=cmp_to_key(_compared)))


def _compared(one: IndexedBlock, other: IndexedBlock) -> int:
    mine, theirs = one.manifest, other.manifest
    if mine.name != theirs.name:
        return -1 if mine.name < theirs.name else 1
    if mine.version == theirs.version:
        return 0
    return -1 if is_newer(mine.version, theirs.version) else 1


def _usual_folder(manifest: Manifest) -> str:
    return f"app/{manifest.folder}"


def _entry(block: IndexedBlock) -> dict[str, object]:
    manifest = block.manifest
    return {
        "name": manifest.name,
        "version": manifest.version,
        "title": manifest.title,
        "description": manifest.description,
        "requires": [str(requirement) for requirement in manifest.requires],
        "python": [str(dependency) for dependency in manifest.python],
        "rewrite": list(manifest.rewrite),
        "paths": list(manifest.paths),
        "env": [_env_entry(variable) for variable in manifest.env],
        **({"moves": dict(manifest.moves)} if manifest.moves else {}),
        **({"folder": block.folder} if block.folder != _usual_folder(manifest) else {}),
        "digest": block.digest,
        "files": [file._asdict() for file in block.files],
    }


def _env_entry(variable: EnvVar) -> dict[str, object]:
    """Without what has its default: most variables have only a name, a sentence, an example."""
    return {key: value for key, value in variable._asdict().items() if value}


def _indexed_block(entry: dict[str, object]) -> IndexedBlock:
    told = {key: entry[key] for key in entry if key not in _BESIDE_THE_MANIFEST}
    manifest = manifest_of({"schema": SCHEMA, **told}, f"the entry of `{entry['name']}`")
    folder = str(entry.get("folder", _usual_folder(manifest)))
    place = checked(folder) if folder else ""
    files = tuple(_files(entry["files"]))
    if len({file.src for file in files}) != len(files):
        raise TypeError(f"`{manifest.name}` has two files of one name")
    return IndexedBlock(manifest, _sha256(entry["digest"]), files, place)


def _files(entries: object) -> Iterable[IndexedFile]:
    if not isinstance(entries, list):
        raise TypeError("`files` is not a list")
    return (
        IndexedFile(checked(entry["src"]), _sha256(entry["sha256"]), int(entry["size"]))
        for entry in entries
    )


def _sha256(text: object) -> str:
    """Strictly its one spelling: it also names files of the cache."""
    if not isinstance(text, str) or not _SHA256.fullmatch(text):
        raise TypeError(f"{text!r} is not a SHA-256 in hexadecimal")
    return text
