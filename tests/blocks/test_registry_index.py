"""`registry.json` is generated, and this is what keeps it so."""

from __future__ import annotations

from fastapi_registry.adapters.bundled import INDEX
from fastapi_registry.engine.index import index_of, indexed, parse_index
from tests.blocks.bundled import NAMES, block


def test_is_fresh() -> None:
    built = index_of(indexed(block(name)) for name in NAMES)

    assert built == INDEX.read_bytes(), "run `make registry`"


def test_says_the_same_as_the_manifests() -> None:
    entries = {entry.manifest.name: entry for entry in parse_index(INDEX.read_bytes())}

    for name in NAMES:
        assert entries[name].digest == block(name).digest
        assert entries[name].manifest == block(name).manifest
