"""Where the app is finished: the function in which the last of its routers is included.

Only there a call sees the whole app; only there it stands before what catches all paths.
What goes over the routes afterwards (`for route in app.routes: …`, to name operations or to demand
an owner's permission of each) is about the project's own, so the call stands behind that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.application import Application, Binding
from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.module import Module, assignments
from fastapi_registry.engine.detect.names import defined_functions
from fastapi_registry.engine.detect.shadows import (
    calls_on,
    calls_with,
    given_to,
    loops_over_routes,
    shadowing_calls,
    shadowing_names,
)
from fastapi_registry.engine.detect.sources import Sources
from fastapi_registry.engine.detect.syntax import field
from fastapi_registry.engine.detect.ways_out import return_before

_TOO_DEEP = 4


@dataclass(frozen=True)
class Finish:
    """The scope (`None`: the module) and the name that the finished app has there."""

    path: str
    function: str | None
    name: str
    hidden_by: frozenset[str]
    """Routers and helpers in that scope which catch every path: we stand before them."""
    evidence: Evidence
    included_by: frozenset[str] = frozenset()
    """Helpers that include routers or go over the routes: we stand after their calls."""


def finish(sources: Sources, app: Application) -> Finish | None:
    """`None` where nothing names the app (`return FastAPI(…)`): only its author can add a line."""
    found = _innermost(sources, app)
    return found and _behind_readers(sources, app.bindings, found)


def _innermost(sources: Sources, app: Application) -> Finish | None:
    for binding in app.bindings:
        module = sources.module(binding.path)
        found = _included_in(sources, module, binding.function, binding.name, _TOO_DEEP)
        if found is not None:
            return found
    made = [binding for binding in app.bindings if binding.name != "self"]
    return _made(sources, made[-1]) if made else None


def _behind_readers(sources: Sources, bindings: Sequence[Binding], found: Finish) -> Finish:
    """`app = create_app()` and then `name_operations(app)`: finished there, not in the factory."""
    for place, binding in enumerate(bindings):
        if (binding.path, binding.function) == (found.path, found.function):
            break
        module = sources.module(binding.path)
        read = _read_in(sources, module, binding.function, binding.name)
        inner: tuple[Finish | Binding, ...] = (found, *bindings[place + 1 :])
        if read is not None and not any(_catches_all(sources, each) for each in inner):
            return read
    return found


def _catches_all(sources: Sources, place: Finish | Binding) -> bool:
    """Whether nothing that is added to the app after this scope ran would be reached."""
    module = sources.module(place.path)
    scope = module.scope(place.function)
    hidden_by = _hidden_by(sources, module, scope, place.name)
    return any(shadowing_calls(scope, place.name, hidden_by))


def _read_in(
    sources: Sources,
    module: Module,
    function: str | None,
    name: str,
    included_by: frozenset[str] = frozenset(),
) -> Finish | None:
    """The scope itself if it goes over the routes."""
    scope = module.scope(function)
    readers = _readers(sources, module, scope, name)
    read = [*loops_over_routes(scope, name), *calls_with(scope, name, readers)]
    if not read:
        return None
    why = f"what goes over the routes of `{name}` ends here"
    evidence = Evidence(module.path, max(map(syntax.line, read)), why)
    hidden_by = _hidden_by(sources, module, scope, name)
    return Finish(module.path, function, name, hidden_by, evidence, readers | included_by)


def _readers(sources: Sources, module: Module, scope: Node, name: str) -> frozenset[str]:
    return frozenset(
        callee
        for callee, other, helper, parameter in _given_to(sources, module, scope, name)
        if any(loops_over_routes(other.scope(helper), parameter))
    )


def _made(sources: Sources, binding: Binding) -> Finish:
    """An app without routers is finished where it is made: its routes are its own decorators."""
    module = sources.module(binding.path)
    scope = module.scope(binding.function)
    hidden_by = _hidden_by(sources, module, scope, binding.name)
    why = f"`{binding.name}` is made here and includes no routers"
    evidence = Evidence(binding.path, binding.line, why)
    return Finish(binding.path, binding.function, binding.name, hidden_by, evidence)


def _included_in(
    sources: Sources, module: Module, function: str | None, name: str, depth: int
) -> Finish | None:
    """The scope itself if it includes routers, else the helper or closure that does."""
    scope = module.scope(function)
    hidden_by = _hidden_by(sources, module, scope, name)
    included_by = _including(sources, module, scope, name, depth)
    includes = [*calls_on(scope, name, "include_router"), *calls_with(scope, name, included_by)]
    if includes:
        why = f"the last router is included on `{name}` here"
        evidence = Evidence(module.path, max(map(syntax.line, includes)), why)
        behind = included_by | _readers(sources, module, scope, name)
        return Finish(module.path, function, name, hidden_by, evidence, behind)
    if depth == 0:
        return None
    found, through = None, set()
    for callee, other, helper, parameter in _helpers(sources, module, scope, function, name):
        inner = _included_in(sources, other, helper, parameter, depth - 1)
        if inner is not None:
            found = inner
            through.add(callee)
    if found is not None and (left := _left_before(scope, name, through)) is not None:
        why = f"the function may return here, before `{name}` is finished"
        evidence = Evidence(module.path, syntax.line(left), why)
        return Finish(module.path, function, name, hidden_by, evidence, frozenset(through))
    if found is None or _catches_all(sources, found):
        return found
    return _read_in(sources, module, function, name, frozenset(through)) or found


def _left_before(scope: Node, name: str, helpers: Collection[str]) -> Node | None:
    """The `return` by which a scope may leave before it calls the helpers that finish the app."""
    last = max((call.start_byte for call in calls_with(scope, name, helpers)), default=0)
    return return_before(scope, name, last)


def _including(
    sources: Sources, module: Module, scope: Node, name: str, depth: int
) -> frozenset[str]:
    """`include(app, users)`, `include(app, items)`: a router is included by each of the calls."""
    return frozenset(
        callee
        for callee, other, helper, parameter in _given_to(sources, module, scope, name)
        if depth
        and sum(field(call, "function") == callee for call in module.calls()) > 1
        and _included_in(sources, other, helper, parameter, depth - 1) is not None
    )


def _hidden_by(sources: Sources, module: Module, scope: Node, name: str) -> frozenset[str]:
    helpers = (
        callee
        for callee, other, helper, parameter in _given_to(sources, module, scope, name)
        if any(shadowing_calls(other.scope(helper), parameter, frozenset()))
        and not any(calls_on(other.scope(helper), parameter, "include_router"))
    )
    return shadowing_names(sources, module, scope, name) | frozenset(helpers)


def _helpers(
    sources: Sources, module: Module, scope: Node, function: str | None, name: str
) -> Iterator[tuple[str, Module, str, str]]:
    """The functions that finish the app: given it once, or closing over it."""
    for callee, other, helper, parameter in _given_to(sources, module, scope, name):
        if sum(field(call, "function") == callee for call in module.calls()) == 1:
            yield callee, other, helper, parameter
    yield from ((closure, module, closure, name) for closure in _closures(module, function, name))


def _given_to(
    sources: Sources, module: Module, scope: Node, name: str
) -> Iterator[tuple[str, Module, str, str]]:
    """Each call in `scope` that passes the app on: callee, its file, function and parameter."""
    for call in syntax.walk_scope(scope):
        if call.type != "call" or (given := given_to(call, name)) is None:
            continue
        callee = field(call, "function")
        for other, helper in _callees(sources, module, scope, callee):
            if (parameter := _parameter(other, helper, given)) is not None:
                yield callee, other, helper, parameter
                break


def _callees(
    sources: Sources, module: Module, scope: Node, callee: str
) -> Iterator[tuple[Module, str]]:
    """`self.include(app)` is a method of the class that the scope belongs to."""
    owner = (module.name_of(scope) or "").rpartition(".")[0]
    if owner:
        method = callee.removeprefix("self.").removeprefix("cls.")
        yield from defined_functions(sources, module, f"{owner}.{method}")
    yield from defined_functions(sources, module, callee)


def _parameter(module: Module, function: str, given: int | str) -> str | None:
    names = list(syntax.parameters(module.functions[function]))
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    if isinstance(given, str):
        return given if given in names else None
    return names[given] if given < len(names) else None


def _closures(module: Module, function: str | None, name: str) -> Iterator[str]:
    """Functions that use the app without being given it, and are called somewhere.

    The methods of a class that holds the app may be called from any file.
    """
    called = {field(call, "function").rpartition(".")[2] for call in module.calls()}
    is_held = name.startswith(("self.", "cls."))
    owner = (function or "").rpartition(".")[0] if is_held else function
    prefix = f"{owner}." if owner else ""
    for closure, scope in module.functions.items():
        is_inside = closure.startswith(prefix) and "." not in closure.removeprefix(prefix)
        own_names = {*syntax.parameters(scope), *assignments(scope)}
        is_called = is_held or closure.rpartition(".")[2] in called
        if is_inside and is_called and name not in own_names and closure != function:
            yield closure
