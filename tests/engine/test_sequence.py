from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi_registry.engine.edits.sequence import Bracketed, delete_item, insert_item
from fastapi_registry.engine.edits.toml_source import array, find

WRITTEN = [
    "[]",
    "[ ]",
    "[\n]",
    "[\n    # nothing yet\n]",
    '["a"]',
    '["a",]',
    '["a", "b"]',
    '[ "a" , "b" , ]',
    '[\n    "a",\n    "b",\n]',
    '[\n    "a",\n    "b"\n]',
    '[\n  "a", # why\n  # about b\n  "b" # and why\n]',
    '[\n\t"a", "b",\n\t"c"]',
    '["a",\n "b",\n "c"]',
    '[ # first\n    "a",\n\n    "b",\n]',
]


def brackets_of(source: bytes) -> Bracketed:
    entry = find(source, "x")
    assert entry is not None
    return array(source, entry.start)


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@given(place=st.integers(0, 3))
def test_an_item_goes_in_where_it_should_and_out_without_a_trace(
    written: str, ending: str, place: int
) -> None:
    source = f"x = {written}\ny = 1\n".replace("\n", ending).encode()
    items = tomllib.loads(source.decode())["x"]
    index = min(place, len(items))

    edited = insert_item(source, brackets_of(source), index, b'"new"')

    assert tomllib.loads(edited.decode())["x"] == [*items[:index], "new", *items[index:]]
    assert delete_item(edited, brackets_of(edited), index) == source


def test_a_new_line_is_indented_as_its_neighbours() -> None:
    source = b'x = [\n\t"a",\n]\n'

    edited = insert_item(source, brackets_of(source), 1, b'"b"')

    assert edited == b'x = [\n\t"a",\n\t"b",\n]\n'


def test_a_comment_stays_with_the_item_it_explains() -> None:
    source = b'x = [\n    "a",\n    # about c\n    "c",\n]\n'

    edited = insert_item(source, brackets_of(source), 1, b'"b"')

    assert edited == b'x = [\n    "a",\n    "b",\n    # about c\n    "c",\n]\n'
