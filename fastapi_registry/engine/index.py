"""`registry.json`: the blocks of a registry without their files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.manifest import EnvVar, Manifest, manifest_of
from fastapi_registry.engine.tree import checked, digest

SCHEMA: Final = 1


class InvalidIndex(RegistryError):
    def __init__(self, complaint: str) -> None:
        super().__init__(f"the index of this registry cannot be read: {complaint}")


class IndexedFile(NamedTuple):
    src: str
    sha256: str
    size: int
    """In bytes."""


@dataclass(frozen=True)
class IndexedBlock:
    manifest: Manifest
    digest: str
    files: tuple[IndexedFile, ...]


def indexed(block: Block) -> IndexedBlock:
    files = (
        IndexedFile(src, digest(content), len(content))
        for src, content in ((src, block.files.read(src)) for src in block.files)
    )
    return IndexedBlock(block.manifest, block.digest, tuple(files))


def build_index(blocks: Iterable[Block]) -> bytes:
    """The same bytes for the same blocks, whatever their order was."""
    entries = [_entry(indexed(block)) for block in sorted(blocks, key=lambda block: block.name)]
    document = {"schema": SCHEMA, "blocks": entries}
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def parse_index(content: bytes) -> tuple[IndexedBlock, ...]:
    """Raises `InvalidIndex`, or `InvalidManifest` for an entry that is not as a manifest is."""
    try:
        document = json.loads(content)
        if document["schema"] != SCHEMA:
            raise InvalidIndex(f"its schema is {document['schema']!r}, this tool knows {SCHEMA}")
        return tuple(_indexed_block(entry) for entry in document["blocks"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidIndex(f"{type(error).__name__}: {error}") from error


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
        "digest": block.digest,
        "files": [file._asdict() for file in block.files],
    }


def _env_entry(variable: EnvVar) -> dict[str, object]:
    """Without what has its default: most variables have only a name, a sentence, an example."""
    return {key: value for key, value in variable._asdict().items() if value}


def _indexed_block(entry: dict[str, object]) -> IndexedBlock:
    told = {key: entry[key] for key in entry if key not in ("digest", "files")}
    manifest = manifest_of({"schema": SCHEMA, **told}, f"the entry of `{entry['name']}`")
    return IndexedBlock(manifest, str(entry["digest"]), tuple(_files(entry["files"])))


def _files(entries: object) -> Iterable[IndexedFile]:
    if not isinstance(entries, list):
        raise TypeError("`files` is not a list")
    return (
        IndexedFile(checked(entry["src"]), str(entry["sha256"]), int(entry["size"]))
        for entry in entries
    )
