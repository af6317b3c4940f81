"""Finding places in Python source. tree-sitter finds, bytes are spliced.

Not `ast`: a user's code may be newer Python than the one that runs this tool. Not
LibCST: importing it takes longer than everything else here (`docs/decisions`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from fastapi_registry.engine.edits.lines import first_place, line_end
from fastapi_registry.engine.edits.sequence import Bracketed

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser, Query


class Import(NamedTuple):
    """`from module import name as alias`; `alias` is "" where there is none."""

    module: str
    alias: str
    name: str

    @property
    def line(self) -> bytes:
        alias = f" as {self.alias}" if self.alias else ""
        return f"from {self.module} import {self.name}{alias}".encode()


@cache
def _language() -> Language:
    import tree_sitter_python
    from tree_sitter import Language

    return Language(tree_sitter_python.language())


@cache
def _parser() -> Parser:
    from tree_sitter import Parser

    return Parser(_language())


@cache
def _query(pattern: str) -> Query:
    from tree_sitter import Query

    return Query(_language(), pattern)


def parse(source: bytes) -> Node:
    """The syntax tree of a module. What cannot be read is an ERROR node, not an exception."""
    return _parser().parse(source).root_node


def walk(node: Node) -> Iterator[Node]:
    """`node` and all below it, in the order of the source."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def search(node: Node, pattern: str) -> list[Node]:
    """What `pattern` names `@found`, in no order: many times as fast as to `walk`.

    https://tree-sitter.github.io/tree-sitter/using-parsers/queries/
    """
    from tree_sitter import QueryCursor

    return QueryCursor(_query(pattern)).captures(node).get("found", [])


def errors(source: bytes) -> int:
    """How many places the parser did not understand: an edit must not add one.

    Not simply none: a file may have syntax that is newer than the parser.
    """
    return sum(node.is_error or node.is_missing for node in walk(parse(source)))


def text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def field(node: Node, name: str) -> Node:
    """A child that the grammar promises."""
    child = node.child_by_field_name(name)
    if child is None:
        raise LookupError(f"a {node.type} without {name}")
    return child


def statements(body: Node) -> list[Node]:
    return [child for child in body.named_children if child.type != "comment"]


def imported(statement: Node) -> Iterator[tuple[Import, Node]]:
    """What a `from … import …` statement brings, each with its place."""
    module = text(field(statement, "module_name"))
    for node in statement.children_by_field_name("name"):
        if node.type == "aliased_import":
            name, alias = text(field(node, "name")), text(field(node, "alias"))
            yield Import(module, alias, name), node
        else:
            yield Import(module, "", text(node)), node


def assignments(body: Node) -> Iterator[tuple[str, Node]]:
    """The names that statements of `body` assign to, each with its `assignment`."""
    for statement in statements(body):
        inner = statement.named_children[0] if statement.named_children else statement
        if statement.type == "expression_statement" and inner.type == "assignment":
            left = field(inner, "left")
            if left.type == "identifier":
                yield text(left), inner


def bracketed(node: Node) -> Bracketed:
    """The items of a tuple, a list, or one thing in parentheses."""
    inside = [child for child in node.named_children if child.type != "comment"]
    places = tuple((child.start_byte, child.end_byte) for child in inside)
    return Bracketed(node.start_byte + 1, places, node.end_byte - 1)


def place_of_first_statement(source: bytes, root: Node) -> int:
    """The first line on which an import may stand: after a docstring and `__future__`."""
    place = first_place(source)
    for statement in root.children:
        if statement.type not in ("comment", "future_import_statement") and not is_docstring(
            statement
        ):
            break
        place = line_end(source, statement.end_byte)
    return place


def is_docstring(statement: Node) -> bool:
    children = statement.named_children
    return statement.type == "expression_statement" and [c.type for c in children] == ["string"]
