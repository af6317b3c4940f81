"""Whole lines of a file of which every other byte stays as it is."""

from __future__ import annotations

BOM = b"\xef\xbb\xbf"


def line_ending(source: bytes) -> bytes:
    """The one that most lines of `source` have; "\\n" where there is none."""
    windows = source.count(b"\r\n")
    return b"\r\n" if windows * 2 > source.count(b"\n") else b"\n"


def first_place(source: bytes) -> int:
    """Where the text begins: after the mark that some editors put before it."""
    return len(BOM) if source.startswith(BOM) else 0


def line_start(source: bytes, place: int) -> int:
    return (source.rfind(b"\n", 0, place) + 1) or first_place(source)


def line_end(source: bytes, place: int) -> int:
    """Where the line of `place` is over, its line ending included."""
    newline = source.find(b"\n", place)
    return len(source) if newline < 0 else newline + 1


def indentation(source: bytes, place: int) -> bytes:
    """The white space that the line of `place` begins with."""
    line = source[line_start(source, place) : line_end(source, place)]
    return line[: len(line) - len(line.lstrip(b" \t"))]


def is_alone(source: bytes, start: int, end: int) -> bool:
    """Whether nothing but white space and one comma shares the lines of `start` to `end`."""
    before = source[line_start(source, start) : start]
    after = source[end : line_end(source, end)]
    return not before.strip() and after.strip() in (b"", b",")


def insert_line(source: bytes, place: int, line: bytes) -> bytes:
    """`line` (without an ending) as a line of its own at `place`, where a line begins.

    A last line without an ending stays one: the new last line then has none either.
    """
    ending = line_ending(source)
    if place == len(source) > first_place(source) and not source.endswith(b"\n"):
        return source + ending + line
    return source[:place] + line + ending + source[place:]


def delete_lines(source: bytes, start: int, end: int) -> bytes:
    """The inverse of `insert_line`: without the whole lines that `start` to `end` touch."""
    start, end = line_start(source, start), line_end(source, max(start, end - 1))
    if end == len(source) and not source.endswith(b"\n"):
        return _without_ending(source[:start])
    return source[:start] + source[end:]


def splice(source: bytes, start: int, end: int, replacement: bytes) -> bytes:
    return source[:start] + replacement + source[end:]


def _without_ending(source: bytes) -> bytes:
    return source.removesuffix(b"\r\n") if source.endswith(b"\r\n") else source.removesuffix(b"\n")
