"""Merges without a clash of lines that would nevertheless spoil a Python module."""

from __future__ import annotations

from fastapi_registry.engine.merge import Merged, merge

BASE = b"""\
import json


def load(path):
    return json.load(path)


class Store:
    limit = 5

    def get(self, key):
        return self.items[key]

    def put(self, key, item):
        self.items[key] = item


def save(path, data):
    json.dump(data, path)
"""
EXPORT = b"def export(data):\n    return data\n\n\n"


def merged(yours: bytes, theirs: bytes) -> Merged:
    return merge(BASE, yours, theirs, is_python=True)


def test_the_same_function_added_in_two_places_is_a_conflict() -> None:
    yours = BASE.replace(b"def load", EXPORT + b"def load")
    theirs = BASE.replace(b"def save", EXPORT + b"def save")

    result = merged(yours, theirs)

    (hunk,) = result.hunks
    assert hunk.startswith("<<<<<<< yours\n||||||| base\n=======\ndef export")
    assert hunk.endswith(">>>>>>> theirs (would define `export` twice)\n")


def test_the_same_method_added_in_two_places_is_a_conflict() -> None:
    size = b"    def size(self):\n        return len(self.items)\n\n"
    yours = BASE.replace(b"    def get", size + b"    def get")
    theirs = BASE.replace(b"    def put", size + b"    def put")

    result = merged(yours, theirs)

    assert "`Store.size` twice" in result.hunks[0]


def test_the_same_constant_added_in_two_places_is_a_conflict() -> None:
    yours = BASE.replace(b"import json\n", b"import json\n\nLIMIT = 5\n")
    theirs = BASE.replace(b"def save", b"LIMIT: int = 7\n\n\ndef save")

    assert "`LIMIT` twice" in merged(yours, theirs).hunks[0]


def test_only_the_region_with_the_second_definition_is_left_to_you() -> None:
    yours = BASE.replace(b"def load", EXPORT + b"def load")
    theirs = BASE.replace(b"def save", EXPORT + b"def save").replace(b"limit = 5", b"limit = 6")

    result = merged(yours, theirs)

    assert len(result.hunks) == 1
    assert b"\n    limit = 6\n" in result.text


def test_a_method_of_another_class_is_no_duplicate() -> None:
    size = b"    def size(self):\n        return 0\n\n"
    yours = BASE.replace(b"    def get", size + b"    def get")
    theirs = BASE + b"\n\nclass Other:\n" + size

    assert merged(yours, theirs).is_clean


def test_overloads_that_one_side_has_are_no_duplicates() -> None:
    overloads = b"@overload\ndef at(n: int): ...\n@overload\ndef at(n: str): ...\ndef at(n): ...\n"
    yours = BASE.replace(b"limit = 5", b"limit = 6")

    assert merged(yours, BASE + b"\n\n" + overloads).is_clean


def test_a_duplicate_that_you_had_before_is_your_affair() -> None:
    yours = BASE + b"\n\n" + EXPORT + EXPORT
    theirs = BASE.replace(b"limit = 5", b"limit = 6")

    assert merged(yours, theirs).is_clean


def test_a_method_that_a_removed_class_would_leave_to_another_is_a_conflict() -> None:
    base = b"class A:\n    a = 1\n    b = 2\n\n    c = 3\n\n\nclass B:\n    d = 4\n    e = 5\n"
    yours = base.replace(b"    e = 5\n", b"    e = 5\n    f = 6\n    a = 7\n")
    theirs = base.replace(b"\n\nclass B:\n", b"")

    result = merge(base, yours, theirs, is_python=True)

    assert "`A.a` twice" in result.hunks[0]


def test_a_syntax_error_that_no_side_had_is_a_conflict() -> None:
    base = b"values = [\n    1,\n    2,\n    3,\n    4,\n]\n"
    yours = base.replace(b"[", b"(").replace(b"]", b")")
    theirs = base.replace(b"    2,\n", b"    2,\n]\nothers = [\n")

    result = merge(base, yours, theirs, is_python=True)

    assert "(would be a syntax error)" in result.hunks[0]


def test_a_syntax_error_that_you_had_before_is_your_affair() -> None:
    yours = BASE.replace(b"import json\n", b"import json as\n")
    theirs = BASE.replace(b"limit = 5", b"limit = 6")

    assert merged(yours, theirs).is_clean


def test_syntax_that_the_grammar_does_not_know_is_no_error_of_the_merge() -> None:
    base = b"x = 1\ny = 2\nz = 3\nw = 4\n" + b"brand new statement :: of 2031\n"

    result = merge(
        base, base.replace(b"x = 1", b"x = 0"), base.replace(b"z = 3", b"z = 0"), is_python=True
    )

    assert result.is_clean
