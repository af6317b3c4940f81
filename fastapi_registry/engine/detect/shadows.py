"""What answers for every path that comes after it: catch-all routes and mounts.

Starlette asks routes in their order. Behind `app.mount("/", …)` or `/{path:path}` nothing
is ever reached, so blocks must be installed before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.detect.names import imported_places
from fastapi_registry.engine.detect.sources import Sources
from fastapi_registry.engine.detect.syntax import field, text

_OURS = ("/api/v1/", "/.well-known/")
ROUTES = {
    *{"get", "post", "put", "patch", "delete", "head", "options", "trace"},
    *{"route", "api_route", "add_route", "add_api_route"},
}
_LOOPS = {"for_statement", "for_in_clause"}
_TOO_DEEP = 4


def calls_on(scope: Node, name: str, *methods: str) -> Iterator[Node]:
    """`name.method(…)` where `scope` itself runs, decorators included."""
    for node in syntax.walk_scope(scope):
        if node.type != "call":
            continue
        owner, _, method = field(node, "function").rpartition(".")
        if owner == name and method in methods:
            yield node


def calls_with(scope: Node, name: str, functions: Collection[str]) -> Iterator[Node]:
    """`function(…, name, …)` where `scope` itself runs."""
    for node in syntax.walk_scope(scope):
        is_one = node.type == "call" and field(node, "function") in functions
        if is_one and given_to(node, name) is not None:
            yield node


def loops_over_routes(scope: Node, name: str) -> Iterator[Node]:
    """`for route in list(name.routes): …`, also in a comprehension, where `scope` itself runs."""
    routes = (f"{name}.routes", f"{name}.router.routes")
    for node in syntax.walk_scope(scope):
        over = node.child_by_field_name("right") if node.type in _LOOPS else None
        if over is not None and any(text(part) in routes for part in syntax.descendants(over)):
            yield node


def given_to(call: Node, name: str) -> int | str | None:
    """The position or keyword under which a call is given `name`."""
    for position, node in enumerate(syntax.arguments(call)):
        if node.type == "keyword_argument" and field(node, "value") == name:
            return field(node, "name")
        if text(node) == name:
            return position
    return None


def shadowing_calls(scope: Node, name: str, hidden_by: frozenset[str]) -> Iterator[Node]:
    """The calls in `scope` after which nothing on the app `name` is reached.

    `hidden_by` names what only other files can tell: routers that catch all, and helpers
    that mount on the root.
    """
    for call in calls_on(scope, name, "mount", "include_router", *ROUTES):
        if hides(call, "") or text(syntax.argument(call, 0, "router")) in hidden_by:
            yield call
    for node in syntax.walk_scope(scope):
        if node.type == "call" and field(node, "function") in hidden_by:
            yield node


def shadowing_names(sources: Sources, module: Module, scope: Node, name: str) -> frozenset[str]:
    """`hidden_by` for a scope: the routers and helpers in it that catch everything."""
    routers = (
        text(syntax.argument(call, 0, "router"))
        for call in calls_on(scope, name, "include_router")
        if _catches_all(sources, module, call, "", _TOO_DEEP)
    )
    return frozenset(routers)


def hides(call: Node, prefix: str) -> bool:
    """Whether one route or mount (`app.mount("/", …)`, `Mount("/", …)`) answers for our paths."""
    method = field(call, "function").rpartition(".")[2].lower()
    path = syntax.string_value(syntax.argument(call, 0, "path"))
    if path is None:
        return False
    head, brace, rest = (prefix + path).partition("{")
    if method == "mount":
        return any(ours.startswith(head.rstrip("/") + "/") for ours in _OURS)
    return bool(brace) and ":path}" in rest and any(ours.startswith(head) for ours in _OURS)


def _catches_all(sources: Sources, module: Module, include: Node, prefix: str, depth: int) -> bool:
    """Whether an included router has a route for every path, itself or in one it includes."""
    above = prefix_of(include)
    if depth == 0 or above is None:
        return False
    expression = text(syntax.argument(include, 0, "router"))
    for owner, router in routers(sources, module, expression):
        own = [prefix_of(value) for value in owner.assignments[router]]
        if own[-1] is None:
            continue
        total = prefix + above + own[-1]
        if any(hides(call, total) for call in calls_on(owner.root, router, *ROUTES)):
            return True
        inner = calls_on(owner.root, router, "include_router")
        return any(_catches_all(sources, owner, call, total, depth - 1) for call in inner)
    return False


def routers(
    sources: Sources, module: Module, expression: str, depth: int = _TOO_DEEP
) -> Iterator[tuple[Module, str]]:
    """The files in which an included router (`users.router`) is made, with its name there."""
    if expression in module.assignments:
        yield module, expression
    elif depth:
        for other, name in imported_places(sources, module, expression):
            yield from routers(sources, other, name, depth - 1)


def prefix_of(call: Node) -> str | None:
    """The `prefix=` of a router or an include; `None` where it is computed."""
    given = syntax.argument(call, None, "prefix") if call.type == "call" else None
    return "" if given is None else syntax.string_value(given)
