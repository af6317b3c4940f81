"""The routes that a project has already, as far as its source tells.

Two routes of one method and path are no error to FastAPI: the second is never reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.application import Application
from fastapi_registry.engine.detect.entrypoint import Entrypoint
from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.finish import Finish
from fastapi_registry.engine.detect.finish import finish as finish_of
from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.detect.mounts import Mount
from fastapi_registry.engine.detect.names import imported_places
from fastapi_registry.engine.detect.shadows import calls_on, hides, prefix_of, routers
from fastapi_registry.engine.detect.sources import Sources, is_example
from fastapi_registry.engine.detect.syntax import field, text

_METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = re.compile(r"\{[^}]*\}")
_ANYTHING = "*"
_LISTS = ("list", "tuple")
_TOO_DEEP = 5

_Place: TypeAlias = tuple[str, str | None, str]
"""File, function (`None`: the module), and what the app is called there."""


@dataclass(frozen=True)
class Route:
    """`path` begins with `*` where a prefix is computed; parameters are `{}`."""

    method: str
    path: str
    evidence: Evidence

    @property
    def is_known(self) -> bool:
        """Whether the whole of its path is written down."""
        return not self.path.startswith(_ANYTHING)

    def is_met_by(self, method: str, path: str) -> bool:
        """Whether a request for a route of ours would be answered by this one."""
        if method != self.method:
            return False
        if self.is_known:
            return path == self.path
        return path.endswith(self.path.removeprefix(_ANYTHING)) and len(self.path) > 2


def routes(
    sources: Sources, served: Entrypoint, finish: Finish | None, mounts: Iterable[Mount]
) -> tuple[Route, ...]:
    """Those of the app under each of its names, of all routers that it includes, and of its mounts.

    Each once, those of the place where it is finished first.
    """
    if finish is None:
        return ()
    outer = ((finish.path, finish.function, finish.name), *_names_of(sources, served))
    inner = ((finish_of(sources, mount.inner), mount.path) for mount in mounts)
    found = (
        *((place, "") for place in outer),
        *(((at.path, at.function, at.name), prefix) for at, prefix in inner if at),
    )
    every = (
        route
        for place, prefix in found
        for route in _of_app(sources, place, _ANYTHING if prefix is None else prefix.rstrip("/"))
    )
    return tuple(dict.fromkeys(every))


def _names_of(sources: Sources, served: Entrypoint) -> Iterator[_Place]:
    """Where it is made, and each function that is given an app: from a lifespan, for instance."""
    yield from ((each.path, each.function, each.name) for each in served.application.bindings)
    below = f"{served.root}/" if served.root else ""
    for module in sources.mentioning(b".include_router("):
        if is_example(module.path) or not module.path.startswith(below):
            continue
        for function, scope in module.functions.items():
            for name in syntax.parameters(scope):
                if name != "self" and any(calls_on(scope, name, "include_router")):
                    yield module.path, function, name


def _of_app(sources: Sources, place: _Place, prefix: str) -> Iterator[Route]:
    path, function, name = place
    module = sources.module(path)
    yield from _below(sources, module, module.scope(function), name, prefix, _TOO_DEEP)


def hiding_route(sources: Sources, app: Application) -> Evidence | None:
    """What the app is made with that answers for our paths: `FastAPI(routes=[Mount("/", …)])`.

    It is asked before all that is added to the app later, wherever that is.
    """
    module = sources.module(app.path)
    made = (call for call in module.calls() if syntax.line(call) == app.line)
    given = (syntax.argument(call, None, "routes") for call in made)
    for listed in (value for value in given if value is not None):
        for owner, each in _lists(sources, module, listed):
            for route in each.named_children:
                if route.type == "call" and hides(route, ""):
                    return Evidence(owner.path, syntax.line(route), text(route))
    return None


def routes_of(module: Module, router: str) -> Iterator[tuple[str, str]]:
    """Method and path of the routes that one file puts on a router of its own."""
    for value in module.assignments.get(router, ()):
        above = prefix_of(value) or ""
        for call in calls_on(module.root, router, *_METHODS):
            path = syntax.string_value(syntax.argument(call, 0, "path"))
            if path is not None:
                yield _method(call), _PARAMETER.sub("{}", above + path)


def _below(
    sources: Sources, module: Module, scope: Node, name: str, prefix: str, depth: int
) -> Iterator[Route]:
    for call in calls_on(scope, name, *_METHODS):
        path = syntax.string_value(syntax.argument(call, 0, "path"))
        if path is not None:
            evidence = Evidence(module.path, syntax.line(call), f"{_method(call)} {path}")
            yield Route(_method(call), _PARAMETER.sub("{}", prefix + path), evidence)
    for include in calls_on(scope, name, "include_router") if depth else ():
        above = _joined(prefix, prefix_of(include))
        for owner, router in _included(sources, module, include):
            inside = _joined(above, prefix_of(owner.assignments[router][-1]))
            yield from _below(sources, owner, owner.root, router, inside, depth - 1)


def _included(sources: Sources, module: Module, include: Node) -> Iterator[tuple[Module, str]]:
    """The routers that a call includes: several where it stands in a loop over a list of them."""
    expression = text(syntax.argument(include, 0, "router"))
    loop = _loop_over(include, expression)
    if loop is None:
        yield from routers(sources, module, expression)
        return
    for owner, listed in _lists(sources, module, loop):
        for each in listed.named_children:
            yield from routers(sources, owner, text(each))


def _loop_over(include: Node, name: str) -> Node | None:
    """What `for name in …` goes over, around a call."""
    above = include.parent
    while above is not None:
        if above.type == "for_statement" and field(above, "left") == name:
            return above.child_by_field_name("right")
        above = above.parent
    return None


def _lists(sources: Sources, module: Module, over: Node) -> Iterator[tuple[Module, Node]]:
    """A list where it is written, or each that the name of it stands for."""
    places = [(module, text(over)), *imported_places(sources, module, text(over))]
    values = ((owner, value) for owner, name in places for value in owner.assignments.get(name, ()))
    yield from (each for each in ((module, over), *values) if each[1].type in _LISTS)


def _joined(prefix: str, more: str | None) -> str:
    """What comes before something computed is unknown from there on."""
    return _ANYTHING if more is None else prefix + more


def _method(call: Node) -> str:
    return field(call, "function").rpartition(".")[2].upper()
