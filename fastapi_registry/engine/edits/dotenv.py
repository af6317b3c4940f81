"""`.env` and `.env.example`.

A key counts as present in every spelling that python-dotenv accepts and, since settings
are read without regard to case, in any case: so it is never set a second time.
https://saurabh-kumar.com/python-dotenv/#file-format
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from fastapi_registry.engine.edits.lines import (
    BOM,
    delete_lines,
    insert_line,
    line_end,
    line_ending,
    line_start,
    splice,
)
from fastapi_registry.engine.manifest import CORE, EnvVar, Manifest

_QUOTED_VALUE = rb"""'(?:\\'|[^'])*'|"(?:\\"|[^"])*\""""
_BINDING = re.compile(
    rb"(?m)^[ \t]*(?:export[ \t]+)?(?P<key>'[^'\r\n]+'|[^=\#\s]+)"
    rb"(?:[ \t]*=[ \t]*(?:" + _QUOTED_VALUE + rb"|[^\r\n]*))?[^\r\n]*"
)
_SHOWN = re.compile(rb"(?m)^[ \t]*#[ \t]*(?P<key>[A-Z][A-Z0-9_]*)[ \t]*=")
_HEADER = re.compile(rb"(?m)^# --- (?P<name>[a-z0-9_]+): [^\r\n]* ---(?P<ending>\r?\n)")


def keys(source: bytes) -> frozenset[str]:
    """The names that a `.env` sets, in upper case."""
    text = source.removeprefix(BOM)
    return frozenset(_name(match) for match in _BINDING.finditer(text))


def shown_keys(source: bytes) -> frozenset[str]:
    """The names that a `.env.example` sets, or shows in a comment."""
    shown = (_name(match) for match in _SHOWN.finditer(source))
    return keys(source) | frozenset(shown)


class EnvValue(NamedTuple):
    """That a `.env` sets a key. `value` has no character that would need quotes."""

    key: str
    value: str = ""

    def ensure(self, source: bytes) -> bytes:
        if self.key.upper() in keys(source):
            return source
        return insert_line(source, len(source), f"{self.key}={self.value}".encode())

    def remove(self, source: bytes) -> bytes:
        """Without the line, whatever its value is now: the lock knows no values."""
        for match in _BINDING.finditer(source):
            if _name(match) == self.key.upper():
                return delete_lines(source, match.start(), match.end())
        return source


class EnvSection(NamedTuple):
    """That a `.env.example` explains the settings of a block, under a header of its own.

    Sections stand in the order of names, `core` first: so the order in which blocks were
    installed does not show.
    """

    name: str
    title: str
    variables: tuple[EnvVar, ...]

    @classmethod
    def of(cls, manifest: Manifest) -> EnvSection:
        return cls(manifest.name, manifest.title, manifest.env)

    def ensure(self, source: bytes) -> bytes:
        """With what is missing, in the section that is there or in a new one."""
        shown = shown_keys(source)
        missing = [variable for variable in self.variables if variable.name not in shown]
        if not missing:
            return source
        ending = line_ending(source)
        if header := self._header(source):
            place = _section_end(source, header)
            return insert_line(source, place, ending.join(_lines(missing)))
        title = f"# --- {self.name}: {self.title} ---".encode()
        section = ending.join([title, *_lines(missing)])
        later = [header for header in _HEADER.finditer(source) if self._is_before(header)]
        if later:
            place = later[0].start()
            return splice(source, place, place, section + ending * 2)
        return _appended(source, section, ending)

    def remove(self, source: bytes) -> bytes:
        """Without the lines that are as we wrote them; with the header, if that leaves
        nothing else below it.
        """
        header = self._header(source)
        if header is None:
            return source
        end, ours = _section_end(source, header), frozenset(_lines(self.variables))
        below = source[header.end() : end].splitlines(keepends=True)
        kept = [line for line in below if line.rstrip() not in ours]
        if not kept:
            return _without_section(source, header)
        lines = b"".join(kept)
        if not source[:end].endswith(b"\n"):
            lines = lines.rstrip(b"\r\n")
        return splice(source, header.end(), end, lines)

    def renew(self, source: bytes, earlier: EnvSection) -> bytes:
        """With the lines that are as `earlier` wrote them as they are written now."""
        header = self._header(source)
        if header is None:
            return source
        end, now = _section_end(source, header), {each.name: each for each in self.variables}
        both = [variable for variable in earlier.variables if variable.name in now]
        lines = dict(zip(_lines(both), _lines(now[each.name] for each in both), strict=True))
        below = source[header.end() : end].splitlines(keepends=True)
        renewed = (_replaced(line, lines.get(line.rstrip())) for line in below)
        return splice(source, header.end(), end, b"".join(renewed))

    def keys(self, source: bytes) -> frozenset[str]:
        """What is set or shown below our header."""
        header = self._header(source)
        if header is None:
            return frozenset()
        return shown_keys(source[header.end() : _section_end(source, header)])

    def _header(self, source: bytes) -> re.Match[bytes] | None:
        found = (each for each in _HEADER.finditer(source) if each["name"].decode() == self.name)
        return next(found, None)

    def _is_before(self, header: re.Match[bytes]) -> bool:
        other = header["name"].decode()
        return other != CORE and (self.name == CORE or other > self.name)


def _replaced(line: bytes, text: bytes | None) -> bytes:
    return line if text is None else text + line[len(line.rstrip()) :]


def _lines(variables: Iterable[EnvVar]) -> list[bytes]:
    lines = []
    for variable in variables:
        mark = "" if variable.active else "# "
        lines += [f"# {variable.about}", f"{mark}{variable.name}={_spelled(variable.example)}"]
    return [line.encode() for line in lines]


def _appended(source: bytes, section: bytes, ending: bytes) -> bytes:
    """One empty line after what is there; a last line without an ending stays one."""
    if not source:
        return section + ending
    if source.endswith(b"\n"):
        return source + ending + section + ending
    return source + ending * 2 + section


def _without_section(source: bytes, header: re.Match[bytes]) -> bytes:
    ending = header["ending"]
    start, end = header.start(), _section_end(source, header)
    if end < len(source):
        return splice(source, start, line_end(source, end), b"")
    before = source[:start].removesuffix(ending)
    return before if source.endswith(b"\n") else before.removesuffix(ending)


def _section_end(source: bytes, header: re.Match[bytes]) -> int:
    """The end of the lines below the header, before the first empty one."""
    end = header.end()
    while end < len(source) and source[end : line_end(source, end)].strip():
        end = line_end(source, end)
    return end


def _spelled(value: str) -> str:
    """`value` in quotes where dotenv would otherwise cut it short."""
    needs_quotes = value != value.strip() or " #" in value or value[:1] in ("'", '"')
    return f"'{value}'" if needs_quotes else value


def _name(match: re.Match[bytes]) -> str:
    return match["key"].strip(b"'").decode("utf-8", "replace").upper()


def set_value(source: bytes, key: str, value: str) -> bytes:
    """`key=value` in place of the line that shows or sets `key`, or at the end."""
    for shape in (_BINDING, _SHOWN):
        for match in shape.finditer(source):
            if _name(match) == key:
                start, end = line_start(source, match.start()), line_end(source, match.start())
                line = source[start:end].rstrip(b"\r\n")
                return splice(source, start, start + len(line), f"{key}={value}".encode())
    return EnvValue(key, value).ensure(source)
