"""Blocks live in package `app` in the example project; here they move to the user's root.

Only what Python reads is replaced, and the leading name alone: the `app` of import
statements, and of the text files that a manifest lists. No string of a block is touched,
since no block names itself in one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.edits.lines import splice
from fastapi_registry.engine.edits.python_source import assignments, field, parse, search, text
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.layout import Layout

if TYPE_CHECKING:
    from tree_sitter import Node

EXAMPLE_ROOT: Final = "app"
TABLES: Final = "core/tables.py"
"""The file whose `PREFIX` stands before the name of every table."""

_PACKAGE_IN_TEXT = re.compile(rb"(?<![\w./-])app(?=\.[A-Za-z_])|(?<=-m )app(?![\w./-])")
_IMPORTED = """
(import_from_statement module_name: (dotted_name) @found)
(import_statement name: (_) @found)
"""
_FOLDER_IN_TEXT = re.compile(rb"(?<![\w./-])app(?=/)")


class CannotRoot(RegistryError):
    """A block imports in a way that binds the name `app` itself."""

    def __init__(self, src: str, statement: str) -> None:
        super().__init__(
            f"`{src}` has `{statement}`, which cannot be moved to another root package",
            hint="write `from app… import …`; report it to whoever publishes the block",
        )


def rooted_file(block: Block, src: str, layout: Layout) -> bytes:
    """The content of `src` as this project will have it."""
    content = block.files.read(src)
    if src == TABLES and layout.table_prefix:
        content = with_prefix(content, layout.table_prefix)
    if layout.root_package == EXAMPLE_ROOT:
        return content
    if src.endswith(".py"):
        return rooted(content, layout.root_package, src)
    return rooted_text(content, layout) if block.is_rewritten(src) else content


def rooted(source: bytes, root_package: str, src: str = "a block") -> bytes:
    """Python `source` that imports from `root_package` what it imported from `app`."""
    if EXAMPLE_ROOT.encode() not in source:
        return source
    for start, end in reversed(_leading_names(source, src)):
        source = splice(source, start, end, root_package.encode())
    return source


def rooted_text(content: bytes, layout: Layout) -> bytes:
    """Prose and settings: `app.core`, `app/core` and `python -m app`, but no word "app"."""
    content = _PACKAGE_IN_TEXT.sub(layout.root_package.encode(), content)
    return _FOLDER_IN_TEXT.sub(layout.root_path.encode(), content)


def with_prefix(source: bytes, prefix: str) -> bytes:
    """`core/tables.py` with `PREFIX = "<prefix>"`."""
    for name, assignment in assignments(parse(source)):
        if name == "PREFIX":
            value = field(assignment, "right")
            return splice(source, value.start_byte, value.end_byte, f'"{prefix}"'.encode())
    raise RegistryError(f"`{TABLES}` has no `PREFIX`, so tables cannot be prefixed")


def _leading_names(source: bytes, src: str) -> list[tuple[int, int]]:
    """The places of `app` in front of what is imported, in order."""
    places = []
    for node in search(parse(source), _IMPORTED):
        if _leads_to_app(text(node)):
            statement = node.parent
            if statement is not None and node.type == "dotted_name" and _binds_app(statement):
                raise CannotRoot(src, text(statement))
            places.append(node.start_byte)
    return [(place, place + len(EXAMPLE_ROOT)) for place in sorted(places)]


def _binds_app(statement: Node) -> bool:
    """`import app.core` makes the name `app` known, and code goes on to use it."""
    return statement.type == "import_statement"


def _leads_to_app(name: str) -> bool:
    return re.match(rf"{EXAMPLE_ROOT}(?!\w)", name) is not None
