"""Questions to the syntax tree of a Python file: scopes, functions, calls and their arguments."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from fastapi_registry.engine.edits.python_source import walk

_FUNCTION = "function_definition"
_CLASS = "class_definition"
_SCOPES = {_FUNCTION, _CLASS, "lambda"}


def text(node: Node | None) -> str:
    """What stands there; what is not UTF-8 (an encoding cookie) is replaced, never an error."""
    return (node.text or b"").decode("utf-8", "replace") if node else ""


def field(node: Node, name: str) -> str:
    return text(node.child_by_field_name(name))


def line(node: Node) -> int:
    """Counted from 1, as editors do."""
    return node.start_point.row + 1


def walk_scope(scope: Node) -> Iterator[Node]:
    """What runs when `scope` runs: not the bodies of the functions and classes inside it."""
    waiting = list(reversed(body(scope).children))
    while waiting:
        found = waiting.pop()
        yield found
        if found.type not in _SCOPES:
            waiting.extend(reversed(found.children))


def body(scope: Node) -> Node:
    """The block of a function or class; a module is its own."""
    return scope.child_by_field_name("body") or scope


def definition(node: Node) -> Node:
    """The function or class under its decorators."""
    return node.child_by_field_name("definition") or node


def functions(scope: Node) -> Iterator[tuple[str, Node]]:
    """The functions defined in `scope` itself, also those in its classes and functions.

    Named by their path: `create_app`, `Builder.build`, `create_app.register`.
    """
    for node in walk_scope(scope):
        if node.type in (_FUNCTION, _CLASS):
            name = field(node, "name")
            if node.type == _FUNCTION:
                yield name, node
            yield from ((f"{name}.{inner}", found) for inner, found in functions(node))


def decorators(function: Node) -> tuple[str, ...]:
    """As they are written above the function, without the `@`."""
    above = function.parent
    if above is None or above.type != "decorated_definition":
        return ()
    found = (node for node in above.named_children if node.type == "decorator")
    return tuple(text(node).removeprefix("@").strip() for node in found)


def parameters(function: Node) -> tuple[str, ...]:
    """The names, in order, without `*`, types and defaults."""
    listed = function.child_by_field_name("parameters")
    return tuple(_parameter_name(node) for node in listed.named_children) if listed else ()


def required_parameters(function: Node) -> tuple[str, ...]:
    """Those without a default."""
    listed = function.child_by_field_name("parameters")
    required = ("identifier", "typed_parameter")
    given = listed.named_children if listed else ()
    return tuple(_parameter_name(node) for node in given if node.type in required)


def _parameter_name(parameter: Node) -> str:
    if parameter.type == "identifier":
        return text(parameter)
    named = parameter.child_by_field_name("name") or next(
        (child for child in parameter.named_children if child.type == "identifier"), None
    )
    return text(named)


def statement(node: Node) -> Node:
    """The simple or compound statement that `node` stands in."""
    while node.parent is not None and node.parent.type not in ("module", "block"):
        node = node.parent
    return node


def statement_of(node: Node, block: Node) -> Node | None:
    """The statement of `block` itself that `node` stands in, however deep."""
    while node.parent is not None and node.parent != block:
        node = node.parent
    return node if node.parent is not None else None


def enclosing_function(node: Node) -> Node | None:
    """The function whose run reaches `node`, or `None` at module level."""
    above = node.parent
    while above is not None and above.type not in (_FUNCTION, "lambda"):
        above = above.parent
    return above


def is_inside(node: Node, outer: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def arguments(call: Node) -> tuple[Node, ...]:
    listed = call.child_by_field_name("arguments")
    if listed is None:
        return ()
    return tuple(node for node in listed.named_children if node.type != "comment")


def argument(call: Node, position: int | None, keyword: str) -> Node | None:
    """The value given for a parameter, by keyword or by position."""
    positional = [node for node in arguments(call) if node.type != "keyword_argument"]
    for node in arguments(call):
        if node.type == "keyword_argument" and field(node, "name") == keyword:
            return node.child_by_field_name("value")
    if position is not None and position < len(positional):
        return positional[position]
    return None


def string_value(node: Node | None) -> str | None:
    """The text of a plain string literal; `None` for anything computed."""
    if node is None or node.type != "string":
        return None
    if any(child.type == "interpolation" for child in node.named_children):
        return None
    return "".join(text(child) for child in node.children if child.type == "string_content")


def descendants(node: Node) -> Iterator[Node]:
    """All below `node`, and `node` itself, also the bodies of functions inside it."""
    return walk(node)
