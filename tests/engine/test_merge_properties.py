"""What holds for every merge, whatever the three texts are."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fastapi_registry.engine.merge import Merged, merge
from tests.engine.edited_texts import Triple, python_triples, small_triples

any_triples = small_triples() | python_triples()
raw_bytes = st.binary(max_size=60)


def lines(content: bytes) -> Counter[bytes]:
    return Counter(content.split(b"\n"))


def all_lines(merged: Merged) -> Counter[bytes]:
    hunks = "".join(merged.hunks).encode()
    return lines(merged.text) + lines(hunks)


@given(any_triples, st.booleans())
def test_no_line_that_you_added_is_lost(triple: Triple, is_python: bool) -> None:
    merged = merge(*triple, is_python=is_python)

    added = lines(triple.yours) - lines(triple.base)
    assert added.keys() <= all_lines(merged).keys()


@given(any_triples)
def test_a_clean_merge_has_each_line_that_you_added_as_often_as_you_wrote_it(
    triple: Triple,
) -> None:
    merged = merge(*triple)

    added = lines(triple.yours) - lines(triple.base)
    assert not merged.is_clean or added <= lines(merged.text)


@given(raw_bytes, raw_bytes)
def test_without_edits_of_theirs_yours_stays(base: bytes, yours: bytes) -> None:
    assert merge(base, yours, base) == Merged(yours)


@given(raw_bytes, raw_bytes)
def test_without_edits_of_yours_theirs_comes(base: bytes, theirs: bytes) -> None:
    assert merge(base, base, theirs) == Merged(theirs)


@given(raw_bytes, raw_bytes)
def test_the_same_on_both_sides_is_the_result(base: bytes, both: bytes) -> None:
    assert merge(base, both, both) == Merged(both)


@given(any_triples)
def test_the_sides_may_change_places(triple: Triple) -> None:
    there = merge(triple.base, triple.yours, triple.theirs)
    back = merge(triple.base, triple.theirs, triple.yours)

    assert len(there.hunks) == len(back.hunks)
    assert there.text == back.text or there.hunks


@given(any_triples)
def test_merging_the_result_again_changes_nothing(triple: Triple) -> None:
    once = merge(*triple)

    if once.is_clean:
        assert merge(triple.theirs, once.text, triple.theirs) == once


@given(any_triples)
def test_line_ends_make_no_difference(triple: Triple) -> None:
    windows = merge(triple.base, triple.yours.replace(b"\n", b"\r\n"), triple.theirs)
    unix = merge(*triple)

    assert windows.text.replace(b"\r\n", b"\n") == unix.text
    assert windows.hunks == unix.hunks


@given(raw_bytes, raw_bytes, raw_bytes)
def test_no_bytes_are_too_strange(base: bytes, yours: bytes, theirs: bytes) -> None:
    there = merge(base, yours, theirs, is_python=True)
    back = merge(base, theirs, yours, is_python=True)

    assert there.is_clean == back.is_clean
