"""Finding places in TOML: where a value stands, and the items of an array.

`tomllib` says what a file means, this says where: together they allow to change one
value and leave every other byte, comments, spaces and line endings included.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from fastapi_registry.engine.edits.lines import first_place
from fastapi_registry.engine.edits.sequence import Bracketed

Key: TypeAlias = tuple[str, ...]

_BLANK = re.compile(rb"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    rb'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL
)
_PLAIN_STRING = re.compile(rb'"[ !#-\[\]-~]*"|\'[ -&(-~]*\'')
"""A string of plain characters, which says what stands between its quotes."""
_KEY_PART = re.compile(rb'[ \t]*("(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+)[ \t]*')
_BARE = re.compile(rb"[^,\]}#\r\n]+")


class UnreadableToml(Exception):
    """Not TOML, or in a way that this scanner does not follow."""


class Entry(NamedTuple):
    """`key = value`; the key is the whole way to it, tables included."""

    key: Key
    line: int
    """Where the key begins."""
    start: int
    end: int
    """The place of the value."""


def entries(source: bytes) -> Iterator[Entry]:
    """Every `key = value` that is not inside an inline table. Raises `UnreadableToml`."""
    table: Key = ()
    place = _skip(source, first_place(source))
    while place < len(source):
        if source[place : place + 1] == b"[":
            table, place = _header(source, place)
        else:
            key, start = _key(source, place)
            start = _skip(source, _expect(source, start, b"="))
            end = _value_end(source, start)
            yield Entry((*table, *key), place, start, end)
            place = end
        place = _skip(source, place)


def find(source: bytes, *key: str) -> Entry | None:
    return next((entry for entry in entries(source) if entry.key == key), None)


def end_of_table(source: bytes, *table: str) -> int | None:
    """Where the last value of a table, or else its header, is over; `None` without it."""
    place = None
    for path, end in _headers(source):
        if path == table:
            place = end
    for entry in entries(source):
        if entry.key[:-1] == table:
            place = max(place or 0, entry.end)
    return place


def array(source: bytes, start: int) -> Bracketed:
    """The items of the array that begins at `start`."""
    items = []
    place = _skip(source, _expect(source, start, b"["))
    while source[place : place + 1] != b"]":
        end = _value_end(source, place)
        items.append((place, end))
        place = _skip(source, end)
        if source[place : place + 1] == b",":
            place = _skip(source, place + 1)
    return Bracketed(start + 1, tuple(items), place)


def meaning(raw: bytes) -> object:
    """What a value says. Raises `UnreadableToml`."""
    if _PLAIN_STRING.fullmatch(raw):
        return raw[1:-1].decode("utf-8")
    try:
        return tomllib.loads(f"value = {raw.decode('utf-8')}")["value"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableToml(str(error)) from error


def quoted(text: str) -> bytes:
    """A basic string of one line."""
    return ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"').encode()


def _headers(source: bytes) -> Iterator[tuple[Key, int]]:
    place = _skip(source, first_place(source))
    while place < len(source):
        if source[place : place + 1] == b"[":
            table, place = _header(source, place)
            yield table, place
        else:
            _, start = _key(source, place)
            place = _value_end(source, _skip(source, _expect(source, start, b"=")))
        place = _skip(source, place)


def _header(source: bytes, place: int) -> tuple[Key, int]:
    depth = 2 if source[place : place + 2] == b"[[" else 1
    key, end = _key(source, place + depth)
    return key, _expect(source, end, b"]" * depth)


def _key(source: bytes, place: int) -> tuple[Key, int]:
    parts: list[str] = []
    while match := _KEY_PART.match(source, place):
        raw = match[1]
        parts.append(str(meaning(raw)) if raw[:1] in b"\"'" else raw.decode())
        place = match.end()
        if source[place : place + 1] != b".":
            return tuple(parts), place
        place += 1
    raise UnreadableToml(f"no key at byte {place}")


def _value_end(source: bytes, place: int) -> int:
    opening = source[place : place + 1]
    if opening in (b"[", b"{"):
        return _closing(source, place)
    shape = _STRING if opening in (b'"', b"'") else _BARE
    match = shape.match(source, place)
    if match is None:
        raise UnreadableToml(f"no value at byte {place}")
    return place + len(match[0].rstrip())


def _closing(source: bytes, place: int) -> int:
    """Where the array or inline table that begins at `place` is over."""
    depth = 0
    while place < len(source):
        character = source[place : place + 1]
        if character in (b'"', b"'"):
            place = _value_end(source, place)
            continue
        if character == b"#":
            place = _skip(source, place)
            continue
        depth += (character in (b"[", b"{")) - (character in (b"]", b"}"))
        place += 1
        if depth == 0:
            return place
    raise UnreadableToml("a bracket is not closed")


def _skip(source: bytes, place: int) -> int:
    """The first place from `place` on that is neither white space nor a comment."""
    match = _BLANK.match(source, place)
    return match.end() if match else place


def _expect(source: bytes, place: int, token: bytes) -> int:
    if not source.startswith(token, place):
        raise UnreadableToml(f"no {token.decode()} at byte {place}")
    return place + len(token)
