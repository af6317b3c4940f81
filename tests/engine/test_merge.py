"""What a merge does with the edits of two sides, one fact a test."""

from __future__ import annotations

import time

import pytest

from fastapi_registry.engine.merge import Labels, has_markers, merge

BASE = b"one\ntwo\nthree\nfour\nfive\n"
MARK = b"\xef\xbb\xbf"


def test_takes_theirs_where_you_changed_nothing() -> None:
    merged = merge(BASE, BASE, b"anything\n")

    assert merged.text == b"anything\n"
    assert merged.is_clean


def test_keeps_yours_where_they_changed_nothing() -> None:
    assert merge(BASE, b"anything\n", BASE).text == b"anything\n"


def test_joins_edits_that_are_apart() -> None:
    yours = BASE.replace(b"one", b"ONE")
    theirs = BASE.replace(b"five", b"FIVE")

    merged = merge(BASE, yours, theirs)

    assert merged.text == b"ONE\ntwo\nthree\nfour\nFIVE\n"
    assert merged.is_clean


def test_takes_the_same_edit_of_both_sides_once() -> None:
    both = BASE.replace(b"two", b"TWO")

    merged = merge(BASE, both.replace(b"five", b"FIVE"), both)

    assert merged.text == both.replace(b"five", b"FIVE")


def test_leaves_two_edits_of_one_line_to_you() -> None:
    yours = BASE.replace(b"three", b"mine")
    theirs = BASE.replace(b"three", b"new")
    labels = Labels("yours", "auth 1.0.0", "auth 1.1.0")

    merged = merge(BASE, yours, theirs, labels=labels)

    assert merged.text == (
        b"one\ntwo\n"
        b"<<<<<<< yours\nmine\n||||||| auth 1.0.0\nthree\n=======\nnew\n>>>>>>> auth 1.1.0\n"
        b"four\nfive\n"
    )
    assert merged.hunks == (
        "<<<<<<< yours\nmine\n||||||| auth 1.0.0\nthree\n=======\nnew\n>>>>>>> auth 1.1.0\n",
    )


def test_leaves_edits_of_neighbouring_lines_to_you() -> None:
    yours = BASE.replace(b"two", b"TWO")
    theirs = BASE.replace(b"three", b"THREE")

    assert not merge(BASE, yours, theirs).is_clean


def test_a_function_added_after_one_that_they_changed_is_no_conflict() -> None:
    base = b"def a():\n    return 1\n\n\ndef z():\n    return 9\n"
    yours = base.replace(b"def z", b"def m():\n    return 5\n\n\ndef z")
    theirs = base.replace(b"return 1", b"return 11")

    assert merge(base, yours, theirs).text == yours.replace(b"return 1", b"return 11")


@pytest.mark.parametrize("empty", ["base", "yours", "theirs"])
def test_an_empty_side_is_a_text_like_any_other(empty: str) -> None:
    sides = {"base": b"a\n", "yours": b"b\n", "theirs": b"c\n"} | {empty: b""}

    merged = merge(sides["base"], sides["yours"], sides["theirs"])

    assert len(merged.hunks) == 1
    assert has_markers(merged.text)


class TestLineEnds:
    def test_stay_yours(self) -> None:
        yours = BASE.replace(b"one", b"ONE").replace(b"\n", b"\r\n")
        theirs = BASE.replace(b"five", b"FIVE")

        merged = merge(BASE, yours, theirs)

        assert merged.text == b"ONE\r\ntwo\r\nthree\r\nfour\r\nFIVE\r\n"

    def test_of_a_new_version_do_not_spread(self) -> None:
        yours = BASE.replace(b"one", b"ONE")
        theirs = BASE.replace(b"five", b"FIVE").replace(b"\n", b"\r\n")

        assert merge(BASE, yours, theirs).text == b"ONE\ntwo\nthree\nfour\nFIVE\n"

    def test_of_markers_are_those_of_the_file(self) -> None:
        yours = BASE.replace(b"two", b"2").replace(b"\n", b"\r\n")

        merged = merge(BASE, yours, BASE.replace(b"two", b"II"))

        assert b"\n" not in merged.text.replace(b"\r\n", b"")
        assert "\r" not in merged.hunks[0]

    def test_that_are_mixed_stay_mixed(self) -> None:
        yours = b"ONE\r\ntwo\nthree\nfour\nfive\n"
        theirs = BASE.replace(b"five", b"FIVE")

        assert merge(BASE, yours, theirs).text == b"ONE\r\ntwo\nthree\nfour\nFIVE\n"

    def test_a_lone_carriage_return_is_none(self) -> None:
        base = b"a\rb\nc\nd\n"

        assert merge(base, base + b"e\n", b"a\rB\nc\nd\n").text == b"a\rB\nc\nd\ne\n"


class TestTheEndOfTheFile:
    def test_without_a_newline_is_no_edit_of_the_last_line(self) -> None:
        merged = merge(b"a\nb\n", b"a\nb", b"a\nb\nc\n")

        assert merged.text == b"a\nb\nc"

    def test_gets_the_newline_that_theirs_adds(self) -> None:
        merged = merge(b"a\nb\nc", b"A\nb\nc", b"a\nb\nc\n")

        assert merged.text == b"A\nb\nc\n"


class TestTheByteOrderMark:
    def test_that_you_added_stays(self) -> None:
        merged = merge(BASE, MARK + BASE, BASE.replace(b"one", b"ONE"))

        assert merged.text == MARK + BASE.replace(b"one", b"ONE")

    def test_that_they_dropped_goes(self) -> None:
        merged = merge(MARK + BASE, MARK + BASE.replace(b"five", b"FIVE"), BASE)

        assert merged.text == BASE.replace(b"five", b"FIVE")


def test_no_encoding_is_needed() -> None:
    base = "zażółć\ngęślą\njaźń\n".encode("iso-8859-2")

    merged = merge(base, base.replace(b"za", b"ZA"), base.replace(b"ja", b"JA"))

    assert merged.text == base.replace(b"za", b"ZA").replace(b"ja", b"JA")


def test_what_is_no_text_is_left_to_you_as_a_whole() -> None:
    merged = merge(b"\x89PNG\0a", b"\x89PNG\0b", b"\x89PNG\0c")

    assert merged.text == b"\x89PNG\0c"
    assert not merged.is_clean


class TestMarkers:
    def test_are_found_until_they_are_resolved(self) -> None:
        merged = merge(BASE, BASE.replace(b"two", b"2"), BASE.replace(b"two", b"II"))

        assert has_markers(merged.text)
        assert not has_markers(BASE)

    def test_a_heading_underlined_with_equals_signs_is_none(self) -> None:
        assert not has_markers(b"Title\n=======\n<<<<<<< and text\n")

    def test_are_longer_than_those_that_the_text_has(self) -> None:
        base = b"<<<<<<< a\n=======\n>>>>>>> b\nend\n"

        merged = merge(base, base + b"mine\n", base + b"new\n")

        assert merged.text.endswith(
            b"<<<<<<<< yours\nmine\n|||||||| base\n========\nnew\n>>>>>>>> theirs\n"
        )
        assert merged.text.startswith(base)


LONG = b"".join(b"line %d\n%s" % (n, b"\n" * (n % 3)) for n in range(5000))


@pytest.mark.parametrize(
    "yours",
    [
        pytest.param(LONG.replace(b"7", b"seven"), id="edited everywhere"),
        pytest.param(LONG.replace(b"line", b"    line"), id="reformatted"),
        pytest.param(b"".join(sorted(LONG.splitlines(keepends=True))), id="sorted"),
        pytest.param(b"same\n" * 10000, id="another text"),
    ],
)
def test_ten_thousand_lines_take_seconds_at_most(yours: bytes) -> None:
    theirs = LONG.replace(b"line 11\n", b"line eleven\n") + b"end\n"
    started = time.perf_counter()

    merge(LONG, yours, theirs, is_python=True)

    assert time.perf_counter() - started < 10
