"""`[tool.fastapi-blocks.registries]`: names for registries."""

from __future__ import annotations

import pytest

from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.registries import (
    NotARegistryName,
    RegistryEntry,
    registries_of,
    registry_name,
    token_variable,
)
from fastapi_registry.engine.tree import Tree

ACME = RegistryEntry("acme", "https://blocks.acme.example")
DOTTED = RegistryEntry("a.b", "https://ab.example")
PLAIN = b'[project]\nname = "shop"  # ours\n'


def told(source: bytes) -> dict[str, str]:
    return registries_of(Tree({"pyproject.toml": source}))


def test_the_first_one_gets_a_table() -> None:
    assert ACME.ensure(PLAIN) == PLAIN + (
        b'\n[tool.fastapi-blocks.registries]\nacme = "https://blocks.acme.example"\n'
    )


@pytest.mark.parametrize(
    "source",
    [
        b"",
        PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.rstrip(),
        PLAIN + b"\n[tool.ruff]\nline-length = 99\n",
        DOTTED.ensure(PLAIN),
        b"[tool.fastapi-blocks.registries]\nother = 'https://o.example' # x\n[tool.ruff]\n",
    ],
)
class TestAnEntry:
    def test_is_told_afterwards(self, source: bytes) -> None:
        assert told(ACME.ensure(source)) == told(source) | {"acme": ACME.url}

    def test_written_twice_is_written_once(self, source: bytes) -> None:
        once = ACME.ensure(source)

        assert ACME.ensure(once) == once

    def test_taken_out_again_leaves_the_very_bytes(self, source: bytes) -> None:
        assert ACME.remove(ACME.ensure(source)) == source


def test_one_of_that_name_gets_the_new_address() -> None:
    moved = RegistryEntry("acme", "https://new.example")

    assert told(moved.ensure(ACME.ensure(PLAIN))) == {"acme": "https://new.example"}


def test_is_taken_out_whatever_its_address_is() -> None:
    assert RegistryEntry("acme", "").remove(ACME.ensure(PLAIN)) == PLAIN


@pytest.mark.parametrize(
    "source",
    [b"[tool.fastapi-blocks]\nregistries = {}\n", b"[[[", b"tool = 1\n"],
)
def test_where_it_is_not_sure_it_leaves_the_lines(source: bytes) -> None:
    with pytest.raises(CannotEdit) as caught:
        ACME.ensure(source)

    assert 'acme = "https://blocks.acme.example"' in caught.value.todo.snippet


def test_a_name_is_a_plain_word() -> None:
    assert registry_name("@acme") == "acme"
    for text in ("@", "a b", "@acme/x", "Acme", "a\nb"):
        with pytest.raises(NotARegistryName):
            registry_name(text)


def test_the_variable_of_a_token_has_the_name_in_it() -> None:
    assert token_variable("my-acme.eu") == "FASTAPI_BLOCKS_TOKEN_MY_ACME_EU"
