"""`requirements.txt` and `requirements.in`: one distribution a line.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from fastapi_registry.engine.edits.dependency_list import (
    Listed,
    with_extras,
    with_text,
    without_extras,
)
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.lines import (
    delete_lines,
    first_place,
    insert_line,
    line_end,
    line_start,
)
from fastapi_registry.engine.plan import Todo

_COMMENT = re.compile(rb"(^|[ \t])#.*")
_HASHED = re.compile(rb"^[^#\n]*--hash[= ]", re.MULTILINE)


class RequirementLines(NamedTuple):
    path: str = "requirements.txt"

    def listed(self, source: bytes) -> tuple[Listed, ...]:
        return tuple(_listed(source))

    def insert(self, source: bytes, index: int, text: str) -> bytes:
        """Raises `CannotEdit` for a compiled file: pip refuses a line without hashes there."""
        if _HASHED.search(source):
            why = "it is compiled, with hashes; add this to what it is compiled from"
            raise CannotEdit(Todo(f"{self.path}: {why}", self.path, None, text))
        return insert_line(source, self._place(source, index), text.encode())

    def replace(self, source: bytes, index: int, text: str) -> bytes:
        return with_text(source, self.listed(source)[index], text)

    def insert_extras(self, source: bytes, index: int, extras: str) -> bytes:
        return with_extras(source, self.listed(source)[index], extras)

    def delete_extras(self, source: bytes, index: int, extras: str) -> bytes:
        return without_extras(source, self.listed(source)[index], extras)

    def delete(self, source: bytes, index: int) -> bytes:
        there = self.listed(source)[index]
        return delete_lines(source, there.start, there.end)

    def _place(self, source: bytes, index: int) -> int:
        listed = self.listed(source)
        if index == 0 and listed:
            return line_start(source, listed[0].start)
        return _end_of_entry(source, listed[index - 1].end) if listed else len(source)


def _listed(source: bytes) -> Iterator[Listed]:
    """The lines that name a distribution: no options, comments, continuations or paths."""
    place, continues = first_place(source), False
    while place < len(source):
        end = line_end(source, place)
        line = source[place:end]
        said = _COMMENT.sub(b"", line.rstrip(b"\r\n"))
        content = said.strip(b" \t\\")
        if content and not continues and content[:1].isalnum() and not _is_path(content):
            start = place + line.index(content)
            yield Listed(content.decode("utf-8", "replace"), start, start + len(content))
        continues = said.rstrip().endswith(b"\\")
        place = end


def _is_path(content: bytes) -> bool:
    """`lib/thing.whl` or `https://…`, which name no distribution; `name @ https://…` does."""
    return b"/" in re.split(rb"[\s@;#]", content, maxsplit=1)[0]


def _end_of_entry(source: bytes, place: int) -> int:
    """The end of the line of `place`, and of those that continue it."""
    end = line_end(source, place)
    while source[:end].rstrip(b"\r\n").endswith(b"\\") and end < len(source):
        end = line_end(source, end)
    return end
