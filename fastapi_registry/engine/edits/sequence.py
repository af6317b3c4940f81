"""One item more, or less, between brackets: a Python tuple, an array of TOML.

The places come from whoever parsed the file; here only bytes are put in and taken out.
An item goes in as its neighbours stand, on a line of its own or beside them, so that
taking it out again gives back the very bytes.
"""

from __future__ import annotations

from typing import NamedTuple

from fastapi_registry.engine.edits.lines import (
    delete_lines,
    indentation,
    insert_line,
    is_alone,
    line_end,
    line_ending,
    line_start,
    splice,
)

_INDENT = b"    "


class Bracketed(NamedTuple):
    """Places in a source: after the opening bracket, of each item, at the closing bracket."""

    start: int
    items: tuple[tuple[int, int], ...]
    end: int

    def comma_after(self, source: bytes, index: int) -> int | None:
        """Where the comma behind an item stands; `None` behind a last one without."""
        is_last = index + 1 == len(self.items)
        limit = self.end if is_last else self.items[index + 1][0]
        place = self.items[index][1]
        while place < limit:
            if source[place : place + 1] == b",":
                return place
            place = line_end(source, place) if source[place : place + 1] == b"#" else place + 1
        return None


def insert_item(source: bytes, brackets: Bracketed, index: int, item: bytes) -> bytes:
    """`source` with `item` before what is now the item at `index`."""
    if not brackets.items:
        return _fill(source, brackets, item)
    if index == 0:
        return _insert_first(source, brackets, item)
    return _insert_after(source, brackets, index - 1, item)


def delete_item(source: bytes, brackets: Bracketed, index: int) -> bytes:
    """`source` without the item at `index`: the inverse of `insert_item`."""
    start, end = brackets.items[index]
    if len(brackets.items) == 1:
        return _empty(source, brackets)
    if is_alone(source, start, end):
        return _delete_line(source, brackets, index)
    if index == 0:
        return splice(source, start, brackets.items[1][0], b"")
    return splice(source, brackets.items[index - 1][1], end, b"")


def _insert_first(source: bytes, brackets: Bracketed, item: bytes) -> bytes:
    first, _ = brackets.items[0]
    if not _begins_line(source, first):
        return splice(source, first, first, item + b", ")
    line = indentation(source, first) + item + b","
    return insert_line(source, line_end(source, brackets.start), line)


def _insert_after(source: bytes, brackets: Bracketed, index: int, item: bytes) -> bytes:
    start, end = brackets.items[index]
    comma = brackets.comma_after(source, index)
    rest = end if comma is None else comma + 1
    if not _is_end_of_line(source, brackets, rest):
        return splice(source, end, end, b", " + item)
    line = indentation(source, start) + item
    if comma is not None:
        return insert_line(source, line_end(source, rest), line + b",")
    return splice(insert_line(source, line_end(source, rest), line), end, end, b",")


def _delete_line(source: bytes, brackets: Bracketed, index: int) -> bytes:
    start, end = brackets.items[index]
    is_last = index + 1 == len(brackets.items)
    without = delete_lines(source, start, end)
    if not is_last or brackets.comma_after(source, index) is not None:
        return without
    comma = brackets.comma_after(source, index - 1)
    return without if comma is None else splice(without, comma, comma + 1, b"")


def _fill(source: bytes, brackets: Bracketed, item: bytes) -> bytes:
    inside = source[brackets.start : brackets.end]
    if inside:
        return splice(source, brackets.start, brackets.start, item + b",")
    return splice(source, brackets.start, brackets.end, _on_its_own(source, brackets, item))


def _empty(source: bytes, brackets: Bracketed) -> bytes:
    start, end = brackets.items[0]
    if source[brackets.start : brackets.end] == _on_its_own(source, brackets, source[start:end]):
        return splice(source, brackets.start, brackets.end, b"")
    comma = brackets.comma_after(source, 0)
    without = source if comma is None else splice(source, comma, comma + 1, b"")
    return splice(without, start, end, b"")


def _on_its_own(source: bytes, brackets: Bracketed, item: bytes) -> bytes:
    """What stands between the brackets when `item` is the only one, in lines of their own."""
    ending, outer = line_ending(source), indentation(source, brackets.start)
    return ending + outer + _INDENT + item + b"," + ending + outer


def _begins_line(source: bytes, place: int) -> bool:
    return not source[line_start(source, place) : place].strip()


def _is_end_of_line(source: bytes, brackets: Bracketed, place: int) -> bool:
    """Whether only a comment may follow on the line of `place`, and the brackets go on below."""
    end = line_end(source, place)
    rest = source[place:end].strip()
    return end <= brackets.end and (not rest or rest.startswith(b"#"))
