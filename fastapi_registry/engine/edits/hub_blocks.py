"""`BLOCKS` of the hub: the tuple of what an application is made of, one entry a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi_registry.engine.edits.lines import splice
from fastapi_registry.engine.edits.python_source import (
    assignments,
    bracketed,
    parse,
    statements,
    text,
)
from fastapi_registry.engine.edits.sequence import delete_item, insert_item

if TYPE_CHECKING:
    from tree_sitter import Node

_CORE_ENTRY = "core.block"


def blocks_of(source: bytes) -> Node | None:
    """The tuple or list that `BLOCKS` is; `None` where it is anything else."""
    value = _value(source)
    return value if value is not None and value.type in ("tuple", "list") else None


def with_block(source: bytes, name: str) -> bytes:
    """`name` among the entries, which are alphabetical but for `core`."""
    blocks = blocks_of(source)
    entries = [text(entry) for entry in statements(blocks)] if blocks else [name]
    if blocks is None or name in entries:
        return source
    later = (n for n, entry in enumerate(entries) if entry != _CORE_ENTRY and entry > name)
    return insert_item(source, bracketed(blocks), next(later, len(entries)), name.encode())


def without_block(source: bytes, name: str) -> bytes:
    blocks = blocks_of(source)
    entries = [text(entry) for entry in statements(blocks)] if blocks else []
    if blocks is None or name not in entries:
        return source
    return _as_tuple(delete_item(source, bracketed(blocks), entries.index(name)))


def _as_tuple(source: bytes) -> bytes:
    """Puts back the comma without which `(core.block)` is no tuple."""
    value = _value(source)
    if value is None or value.type != "parenthesized_expression":
        return source
    place = statements(value)[-1].end_byte
    return splice(source, place, place, b",")


def _value(source: bytes) -> Node | None:
    for name, assignment in assignments(parse(source)):
        if name == "BLOCKS":
            return assignment.child_by_field_name("right")
    return None
