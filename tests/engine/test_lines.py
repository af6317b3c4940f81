from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi_registry.engine.edits.lines import delete_lines, insert_line, line_end, line_ending

sources = st.lists(st.sampled_from([b"a", b"", b"\tb", b"# c", b"d\x0c"]), max_size=6).flatmap(
    lambda lines: st.sampled_from([b"\n", b"\r\n"]).flatmap(
        lambda ending: st.sampled_from([ending.join(lines), ending.join([*lines, b""])])
    )
)


@given(sources, st.integers(0, 6))
def test_deleting_an_inserted_line_gives_back_the_very_bytes(source: bytes, after: int) -> None:
    place = 0
    for _ in range(after):
        place = line_end(source, place)

    edited = insert_line(source, place, b"new")

    start = edited.index(b"new")
    assert delete_lines(edited, start, start + 3) == source


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_new_line_ends_as_the_others_do(ending: bytes) -> None:
    source = b"one" + ending + b"two" + ending

    assert line_ending(source) == ending
    assert insert_line(source, len(source), b"three") == source + b"three" + ending


def test_a_file_without_a_final_newline_keeps_none() -> None:
    assert insert_line(b"one", 3, b"two") == b"one\ntwo"
