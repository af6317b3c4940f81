"""Whether a function may return before the app that it makes or is given is finished."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.module import assignments


def return_before(scope: Node, name: str, place: int) -> Node | None:
    """The first `return` above the offset `place` that leaves `scope` with an app called `name`.

    What returns before the app is made leaves without one: `if worker: return Worker()`.
    """
    made = (value.start_byte for value in values_made(scope, name))
    start = next(made, syntax.body(scope).start_byte)
    for node in syntax.walk_scope(scope):
        if node.type == "return_statement" and start < node.start_byte < place:
            return node
    return None


def values_made(scope: Node, name: str) -> Iterator[Node]:
    """The calls that make the app which `name` is in `scope`."""
    return (value for value in assignments(scope).get(name, ()) if makes(value, name))


def makes(value: Node, name: str) -> bool:
    """Whether a value is a new app: not `None`, and not a wrapper around the old one.

    `app = VersionedFastAPI(app)` is one too: it serves the old one's routes in apps of its own.
    """
    if value.type != "call":
        return False
    return not _mentions(value, name) or syntax.field(value, "function").endswith("FastAPI")


def _mentions(node: Node, name: str) -> bool:
    return any(syntax.text(part) == name for part in syntax.descendants(node))
