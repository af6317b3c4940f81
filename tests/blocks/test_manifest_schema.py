"""The published JSON Schema of `block.toml` says what the tool says."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest

from fastapi_registry.adapters.bundled import TEMPLATES
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.manifest import EnvVar, Manifest, manifest_of
from tests.blocks.bundled import NAMES, block

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "block.schema.json").read_text())
LEAST = {"schema": 1, "name": "notes", "version": "1.0.0", "title": "Notes"}


def is_valid(table: object) -> bool:
    return jsonschema_rs.is_valid(SCHEMA, table)


@pytest.mark.parametrize("name", NAMES)
def test_each_bundled_manifest_is_valid(name: str) -> None:
    manifest = block(name).files.text(f"{block(name).manifest.folder}/block.toml")

    jsonschema_rs.validate(SCHEMA, tomllib.loads(manifest))


def test_that_of_the_project_is_valid_too() -> None:
    jsonschema_rs.validate(SCHEMA, tomllib.loads((TEMPLATES / "block.toml").read_text()))


def test_it_knows_every_key() -> None:
    keys = set(SCHEMA["properties"]) - {"schema"}

    assert keys == set(Manifest._fields)
    assert set(SCHEMA["properties"]["env"]["items"]["properties"]) == set(EnvVar._fields)


@pytest.mark.parametrize(
    "wrong",
    [
        {"schema": 2},
        {"name": "Notes"},
        {"name": "../notes"},
        {"version": "1.0"},
        {"title": ""},
        {"title": "two\nlines"},
        {"requires": "core"},
        {"requires": ["Core >=1"]},
        {"rewrite": ["/etc/passwd"]},
        {"moves": {"a.py": 1}},
        {"env": [{"name": "lower", "about": "x"}]},
        {"env": [{"name": "UPPER"}]},
        {"env": [{"name": "UPPER", "about": "x", "generate": "password"}]},
        {"licence": "MIT"},
    ],
)
def test_what_the_tool_refuses_it_refuses(wrong: dict[str, object]) -> None:
    table = {**LEAST, **wrong}

    assert is_valid(LEAST)
    assert not is_valid(table)
    with pytest.raises(RegistryError):
        manifest_of(table, "a test")
