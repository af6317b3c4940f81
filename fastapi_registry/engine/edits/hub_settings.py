"""`Settings` of the hub: one field for each block that has settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi_registry.engine.edits.lines import (
    delete_lines,
    indentation,
    insert_line,
    line_end,
    line_ending,
    line_start,
)
from fastapi_registry.engine.edits.python_source import (
    assignments,
    field,
    is_docstring,
    parse,
    statements,
    text,
)

if TYPE_CHECKING:
    from tree_sitter import Node


def settings_of(source: bytes) -> Node | None:
    """The body of class `Settings`; `None` where it does not stand on lines of its own."""
    for statement in statements(parse(source)):
        if statement.type == "class_definition" and text(field(statement, "name")) == "Settings":
            body = field(statement, "body")
            inside = statements(body)
            is_below = inside and inside[0].start_point[0] > statement.start_point[0]
            return body if is_below else None
    return None


def section(name: str, settings_class: str) -> str:
    return f"{name}: {settings_class} = {settings_class}()"


def with_section(source: bytes, name: str, settings_class: str) -> bytes:
    """A field `name` among the others, in alphabetical order where they have one."""
    body = settings_of(source)
    sections = dict(assignments(body)) if body else {}
    if body is None or name in sections:
        return source
    first = statements(body)[0]
    line = indentation(source, first.start_byte) + section(name, settings_class).encode()
    if is_docstring(first) and not sections:
        line = line_ending(source) + line  # an empty line below it, as formatters want it
    return insert_line(source, _place(source, body, name), line)


def without_section(source: bytes, name: str) -> bytes:
    body = settings_of(source)
    sections = dict(assignments(body)) if body else {}
    if body is None or name not in sections:
        return source
    first, gone = statements(body)[0], sections[name]
    start = gone.start_byte
    if len(sections) == 1 and is_docstring(first):
        start = _above_empty_line(source, first.end_byte, start)
    return delete_lines(source, start, gone.end_byte)


def _place(source: bytes, body: Node, name: str) -> int:
    """Behind the last field of an earlier name; else before the first field; else behind
    the docstring, or whatever the class has instead.
    """
    sections = list(assignments(body))
    earlier = [assignment for other, assignment in sections if other < name]
    if earlier:
        return line_end(source, earlier[-1].end_byte)
    if sections:
        return _above_comments(source, sections[0][1].start_byte)
    first, last = statements(body)[0], statements(body)[-1]
    return line_end(source, (first if is_docstring(first) else last).end_byte)


def _above_comments(source: bytes, place: int) -> int:
    """The start of the line of `place`, or of the comments that stand on top of it."""
    start = line_start(source, place)
    while start and source[line_start(source, start - 1) : start].strip().startswith(b"#"):
        start = line_start(source, start - 1)
    return start


def _above_empty_line(source: bytes, earliest: int, place: int) -> int:
    """`place`, or the empty line that stands on top of it."""
    start = line_start(source, place)
    above = line_start(source, start - 1)
    return above if above > earliest and not source[above:start].strip() else start
