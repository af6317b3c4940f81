"""The line of a user's file at which the app is finished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.module import Module, assignments
from fastapi_registry.engine.detect.shadows import (
    calls_on,
    calls_with,
    loops_over_routes,
    shadowing_calls,
)
from fastapi_registry.engine.detect.ways_out import makes, return_before, values_made
from fastapi_registry.engine.edits.lines import BOM, line_end, line_start


class NoPlace(Exception):
    """Why no line can be inserted, and the line of the file where the user should look."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


@dataclass(frozen=True)
class Place:
    """Where a new line begins, and the white space that it begins with."""

    offset: int
    indentation: bytes


def place_of_call(
    module: Module,
    scope: Node,
    name: str,
    hidden_by: frozenset[str],
    included_by: frozenset[str] = frozenset(),
) -> Place:
    """After the last router that the scope includes on `name`, or after `name` is made.

    And after what goes over the routes that `name` has by then.

    Always in the block of the scope itself, so that no condition decides, and before the
    first statement behind which nothing is reached. Raises `NoPlace`, also where a `return`
    may come before it.
    """
    end = _hidden_from(scope, name, hidden_by)
    anchors = _anchors(scope, name, hidden_by, included_by)
    anchors = [node for node in anchors if node.start_byte < end]
    if not anchors:
        raise NoPlace(f"`{name}` is not made where it is finished", syntax.line(scope))
    early = return_before(scope, name, anchors[-1].start_byte)
    if early is not None:
        why = f"the function may return here, before `{name}` is finished"
        raise NoPlace(why, syntax.line(early))
    return _after(module.source, _reachable(anchors[-1], syntax.body(scope)))


def _anchors(
    scope: Node, name: str, hidden_by: frozenset[str], included_by: frozenset[str]
) -> list[Node]:
    """The statements after which we may stand, in order; the last is the best."""
    block = syntax.body(scope)
    calls = (
        *calls_on(scope, name, "include_router"),
        *calls_with(scope, name, included_by),
        *loops_over_routes(scope, name),
    )
    includes = [
        call
        for call in sorted(calls, key=lambda call: call.start_byte)
        if syntax.text(syntax.argument(call, 0, "router")) not in hidden_by
        and not _is_main_guard(syntax.statement_of(call, block))
    ]
    flat = [call for call in includes if syntax.statement(call).parent == block]
    made = [*values_made(scope, name)]
    return sorted([*made[-1:], *(flat or includes)], key=lambda node: node.start_byte)


def _hidden_from(scope: Node, name: str, hidden_by: frozenset[str]) -> int:
    """Where the first statement begins after which a new route would not be reached."""
    block = syntax.body(scope)
    rebound = (
        value
        for value in assignments(scope).get(name, ())
        if value.type == "call" and not makes(value, name)
    )
    hiding = (*shadowing_calls(scope, name, hidden_by), *rebound)
    statements = (syntax.statement_of(node, block) for node in hiding)
    return min((node.start_byte for node in statements if node), default=block.end_byte + 1)


def _is_main_guard(statement: Node | None) -> bool:
    return (
        statement is not None
        and statement.type == "if_statement"
        and "__name__" in syntax.field(statement, "condition")
    )


def _reachable(anchor: Node, block: Node) -> Node:
    """The statement of `block` that holds the anchor; what returns inside it keeps us inside."""
    outer = syntax.statement_of(anchor, block)
    if outer is None:
        raise NoPlace("this line is in another scope", syntax.line(anchor))
    while _returns(outer) and outer.type in ("with_statement", "try_statement"):
        inner = outer.child_by_field_name("body")
        outer_inside = inner and syntax.statement_of(anchor, inner)
        if not outer_inside:
            break
        outer = outer_inside
    if _returns(outer) and outer.type != "decorated_definition":
        raise NoPlace("the app is finished inside a condition that returns", syntax.line(anchor))
    return outer


def _returns(statement: Node) -> bool:
    return any(node.type == "return_statement" for node in _same_scope(statement))


def _same_scope(statement: Node) -> Iterator[Node]:
    return (
        node
        for node in syntax.descendants(statement)
        if syntax.enclosing_function(node) == syntax.enclosing_function(statement)
    )


def _after(source: bytes, statement: Node) -> Place:
    """A line of its own below `statement`, indented as its block is."""
    first = _first_on_line(statement)
    start = line_start(source, first.start_byte)
    before = source[start : first.start_byte].removeprefix(BOM).replace(b"\f", b"")
    if before.strip():
        raise NoPlace("the statement shares its line with another one", syntax.line(statement))
    following = statement.next_named_sibling
    if (
        following is not None
        and following.type != "comment"
        and following.start_point.row == statement.end_point.row
    ):
        raise NoPlace("another statement follows on the same line", syntax.line(statement))
    return Place(line_end(source, statement.end_byte), before)


def _first_on_line(statement: Node) -> Node:
    """`a = 1; app = FastAPI()`: the statement that the line begins with."""
    before = statement.prev_named_sibling
    while before is not None and before.end_point.row == statement.start_point.row:
        statement, before = before, before.prev_named_sibling
    return statement
