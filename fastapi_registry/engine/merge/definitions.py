"""What Python says about a text that merged without a conflict.

Two people may each add `def export` to one module, far apart. No line clashes, yet one of the
two functions is silently dead: worse than a conflict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import tree_sitter_python
from tree_sitter import Language, Node, Parser

_PYTHON = Language(tree_sitter_python.language())


@dataclass(frozen=True)
class Definition:
    """A function, class or variable of a module or class. `row` counts lines from zero."""

    name: str
    row: int


def new_duplicates(merged: bytes, *sides: bytes) -> tuple[Definition, ...]:
    """The definitions that `merged` has twice, though no side has as many of them."""
    found = tuple(_definitions(_root(merged)))
    counts = Counter(definition.name for definition in found)
    twice = {name: count for name, count in counts.items() if count > 1}
    usual = [_names(side) for side in sides] if twice else []
    too_often = {n for n, count in twice.items() if all(count > names[n] for names in usual)}
    return tuple(definition for definition in found if definition.name in too_often)


def is_newly_broken(merged: bytes, *sides: bytes) -> bool:
    """Whether `merged` has more syntax errors than each of the sides.

    Counted, not asked: the grammar may be older than the Python of the text.
    """
    errors = _count_errors(_root(merged))
    return errors > 0 and all(errors > _count_errors(_root(side)) for side in sides)


@lru_cache(maxsize=1)  # two questions are asked about each merged text
def _root(source: bytes) -> Node:
    return Parser(_PYTHON).parse(source).root_node


def _names(source: bytes) -> Counter[str]:
    return Counter(definition.name for definition in _definitions(_root(source)))


def _definitions(scope: Node, prefix: str = "") -> Iterator[Definition]:
    """Of a module or class body and of the classes in it; what a function holds is its own."""
    for statement in scope.named_children:
        definition = _bare(statement)
        name = _name(definition)
        if name is None:
            continue
        yield Definition(prefix + name, definition.start_point.row)
        body = definition.child_by_field_name("body")
        if definition.type == "class_definition" and body is not None:
            yield from _definitions(body, f"{prefix}{name}.")


def _bare(statement: Node) -> Node:
    """The definition without its decorators, the assignment without its statement."""
    if statement.type == "decorated_definition":
        return statement.child_by_field_name("definition") or statement
    if statement.type == "expression_statement" and statement.named_children:
        return statement.named_children[0]
    return statement


def _name(definition: Node) -> str | None:
    match definition.type:
        case "function_definition" | "class_definition":
            name = definition.child_by_field_name("name")
        case "assignment":
            name = definition.child_by_field_name("left")
        case _:
            return None
    if name is None or name.type != "identifier" or name.text is None:
        return None
    return name.text.decode("utf-8", "replace")


def _count_errors(node: Node) -> int:
    if not node.has_error:
        return 0
    is_error = node.is_error or node.is_missing
    return int(is_error) + sum(_count_errors(child) for child in node.children)
