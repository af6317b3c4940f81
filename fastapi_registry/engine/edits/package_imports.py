"""`from package… import …` at the top of a module, among the others of the same package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi_registry.engine.edits.lines import delete_lines, insert_line, line_end, line_start
from fastapi_registry.engine.edits.python_source import (
    Import,
    imported,
    parse,
    place_of_first_statement,
    statements,
    text,
)
from fastapi_registry.engine.edits.sequence import Bracketed, delete_item

if TYPE_CHECKING:
    from tree_sitter import Node


def with_import(source: bytes, wanted: Import, package: str) -> bytes:
    """A line of its own, in the order that isort would give it."""
    present = list(_imports(source))
    if any(wanted == each for _, each, _ in present):
        return source
    kin = [(s, each) for s, each, _ in present if f"{each.module}.".startswith(f"{package}.")]
    earlier = [statement for statement, each in kin if each < wanted]
    if earlier:
        place = line_end(source, earlier[-1].end_byte)
    elif kin:
        place = line_start(source, kin[0][0].start_byte)
    else:
        place = place_of_first_statement(source, parse(source))
    return insert_line(source, place, wanted.line)


def without_import(source: bytes, unwanted: Import) -> bytes:
    """Without the statement, or without one of the several names that it brings."""
    for statement, each, node in _imports(source):
        if each == unwanted:
            names = statement.children_by_field_name("name")
            if len(names) == 1:
                return delete_lines(source, statement.start_byte, statement.end_byte)
            places = tuple((name.start_byte, name.end_byte) for name in names)
            end = statement.end_byte - text(statement).endswith(")")
            index = places.index((node.start_byte, node.end_byte))
            return delete_item(source, Bracketed(places[0][0], places, end), index)
    return source


def _imports(source: bytes) -> Iterator[tuple[Node, Import, Node]]:
    """What the module imports by `from`: the statement, the import, and the place of its name."""
    for statement in statements(parse(source)):
        if statement.type == "import_from_statement":
            for each, node in imported(statement):
                yield statement, each, node
