"""The `FastAPI()` behind a name: where it is made, and through which names it goes.

    core/factory.py   def build():     app = FastAPI(); return app      the last binding
    main.py           def get_app():   app = build(); return app
    main.py           app = get_app()                                   the first binding

Every step is a `Binding`: a place in which the app has a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.module import Module, assignments
from fastapi_registry.engine.detect.names import imported_places
from fastapi_registry.engine.detect.shadows import ROUTES, calls_on
from fastapi_registry.engine.detect.sources import Sources, is_decoy
from fastapi_registry.engine.detect.syntax import field, text

_TOO_DEEP = 6
_ENTRY_NAMES = ("app", "api", "application")
_DONE_TO_APPS = {"add_middleware", "exception_handler", "include_router", "middleware", "mount"}


@dataclass(frozen=True)
class Binding:
    """The app is called `name` in this function of this file (`None`: in the module)."""

    path: str
    function: str | None
    name: str
    line: int


@dataclass(frozen=True)
class Application:
    """A `FastAPI()`, found by following a name. `bindings` go from that name to the call.

    Empty where the call stands in a `return` or an argument, so that nothing names the app.
    """

    path: str
    line: int
    is_factory: bool
    bindings: tuple[Binding, ...]

    @property
    def name(self) -> str:
        """What it is called where it is made, "" where nothing names it."""
        return self.bindings[-1].name if self.bindings else ""

    @property
    def place(self) -> tuple[str, int]:
        """By which two names for one app are known to be the same."""
        return self.path, self.line


def application(sources: Sources, path: str, attribute: str) -> Application | None:
    """What `attribute` of a module is, if it is an app or a function that makes one."""
    return _of_name(sources, sources.module(path), attribute, _TOO_DEEP)


def application_of(
    sources: Sources, module: Module, function: str | None, value: Node
) -> Application | None:
    """The app that an expression stands for, where it is read in `function` of a file."""
    name = text(value)
    for scope in (function, None):
        for given in assignments(module.scope(scope)).get(name, ()):
            return _of_value(sources, module, scope, name, given, _TOO_DEEP)
    return _of_value(sources, module, function, name, value, _TOO_DEEP)


def application_by_use(sources: Sources, path: str, name: str) -> Application | None:
    """A name that something from outside of the project is given, and that is used as an app."""
    module = sources.module(path)
    if any(calls_on(module.root, name, *_DONE_TO_APPS, *ROUTES)):
        for value in module.assignments.get(name, ()):
            return named_application(path, name, value)
    for other, wanted in imported_places(sources, module, name):
        if (found := application_by_use(sources, other.path, wanted)) is not None:
            return found
    return None


def named_application(path: str, name: str, value: Node) -> Application:
    """What the user says to be one: the top-level `name`, which is given `value`."""
    line = syntax.line(value)
    return Application(path, line, False, (Binding(path, None, name, line),))


def all_applications(sources: Sources) -> Iterator[tuple[str, str, Application]]:
    """Each `FastAPI()` of the project that is no decoy: path, top-level name, the app."""
    for module in sources.mentioning(b"FastAPI"):
        if not is_decoy(module.path):
            yield from ((module.path, *made) for made in applications_in(sources, module))


def applications_in(sources: Sources, module: Module) -> Iterator[tuple[str, Application]]:
    """Each `FastAPI()` of a file, with the top-level name that leads to it."""
    for call in module.calls():
        if not makes_app(sources, module, call):
            continue
        name = _top_level_name(module, call)
        if name and (found := application(sources, module.path, name)) is not None:
            yield name, found


def attributes(module: Module) -> Iterator[str]:
    """The names in a module that may be its app, the usual ones first, as fastapi-cli looks."""
    known = [*module.assignments, *module.imports, *module.functions]
    yield from (name for name in _ENTRY_NAMES if name in known)
    others = (name for name in module.assignments if name not in _ENTRY_NAMES)
    yield from filter(str.isidentifier, others)
    yield from (name for name in module.functions if name in ("create_app", "get_app", "make_app"))


def makes_app(sources: Sources, module: Module, call: Node) -> bool:
    """Whether a call is `FastAPI(…)`, under any import, or of a class made from it."""
    return call.type == "call" and _is_app_class(
        sources, module, field(call, "function"), _TOO_DEEP
    )


def _is_app_class(sources: Sources, module: Module, name: str, depth: int) -> bool:
    if depth == 0 or not name:
        return False
    if name in module.classes:
        return any(_is_app_class(sources, module, base, depth - 1) for base in module.bases(name))
    if _is_of_fastapi(module, name):
        return True
    return any(
        wanted in other.classes and _is_app_class(sources, other, wanted, depth - 1)
        for other, wanted in imported_places(sources, module, name)
    )


def _is_of_fastapi(module: Module, name: str) -> bool:
    head, _, rest = name.partition(".")
    imported = module.imports.get(head)
    if imported is None or imported.module.partition(".")[0] != "fastapi":
        return False
    return (rest or imported.name or "").rpartition(".")[2] == "FastAPI"


def _of_name(sources: Sources, module: Module, name: str, depth: int) -> Application | None:
    if depth == 0:
        return None
    if name in module.functions:
        made = _of_function(sources, module, name, depth - 1)
        return made and Application(made.path, made.line, True, made.bindings)
    if name in module.classes:
        return _of_class(sources, module, name, depth - 1)
    for value in module.assignments.get(name, ()):
        found = _of_value(sources, module, None, name, value, depth - 1)
        if found is not None:
            return found
    return _of_import(sources, module, name, depth - 1)


def _of_class(sources: Sources, module: Module, name: str, depth: int) -> Application | None:
    """The app that the instances of a class hold, or the class itself: `self.app`."""
    for method, scope in module.functions.items():
        if method.rpartition(".")[0] != name:
            continue
        for bound, values in assignments(scope).items():
            for value in values if bound.startswith("self.") else ():
                found = _of_value(sources, module, method, bound, value, depth)
                if found is not None:
                    return Application(found.path, found.line, True, found.bindings)
    for bound in assignments(module.classes[name]):
        if (shared := _shared(sources, module, name, bound)) is not None:
            return shared
    return None


def _shared(sources: Sources, module: Module, owner: str, bound: str) -> Application | None:
    """`class Server: app = FastAPI()`: the methods reach it as `self.app` or `cls.app`."""
    for value in assignments(module.classes[owner]).get(bound, ()):
        if makes_app(sources, module, value):
            path, line = module.path, syntax.line(value)
            bindings = (
                Binding(path, name, f"{_holder(owner, method)}.{bound}", line)
                for name, method in module.functions.items()
                if name.rpartition(".")[0] == owner
            )
            return Application(path, line, True, tuple(bindings))
    return None


def _holder(owner: str, method: Node) -> str:
    """What a method calls the object or the class that it belongs to: `self`, `cls`, `Server`."""
    is_static = "staticmethod" in syntax.decorators(method)
    return owner if is_static else next(iter(syntax.parameters(method)), owner)


def _of_import(sources: Sources, module: Module, name: str, depth: int) -> Application | None:
    for other, wanted in imported_places(sources, module, name):
        if (found := _of_name(sources, other, wanted, depth)) is not None:
            return found
    return None


def _of_value(
    sources: Sources, module: Module, function: str | None, name: str, value: Node, depth: int
) -> Application | None:
    """The app that a name is given, by `FastAPI()`, a factory, or a wrapper around an app."""
    binding = Binding(module.path, function, name, syntax.line(value))
    if makes_app(sources, module, value):
        inside = _own_initialisers(sources, module, field(value, "function"), depth)
        return Application(module.path, syntax.line(value), False, (binding, *inside))
    if value.type == "identifier":
        return _of_name(sources, module, text(value), depth)
    if value.type == "attribute":
        return _of_object(sources, module, module.scope(function), text(value), depth)
    if value.type == "boolean_operator" and (other := value.child_by_field_name("right")):
        return _of_value(sources, module, function, name, other, depth)
    if value.type != "call":
        return None
    made = _of_callee(sources, module, _in_class(field(value, "function"), function), depth)
    if made is not None:
        return Application(made.path, made.line, False, (binding, *made.bindings))
    found = _wrapped(sources, module, function, name, value, depth)
    if found is None and _is_declared(sources, module, value):
        return Application(module.path, syntax.line(value), False, (binding,))
    return found


def _is_declared(sources: Sources, module: Module, value: Node) -> bool:
    """`app: FastAPI = bootstrap()`, where something from outside of the project makes it."""
    declared = field(value.parent, "type") if value.parent is not None else ""
    return _is_app_class(sources, module, declared, _TOO_DEEP)


def _own_initialisers(sources: Sources, module: Module, name: str, depth: int) -> Iterator[Binding]:
    """Where a class made from `FastAPI` includes routers on `self`."""
    if name in module.classes and f"{name}.__init__" in module.functions:
        line = syntax.line(module.classes[name])
        yield Binding(module.path, f"{name}.__init__", "self", line)
    for other, wanted in imported_places(sources, module, name) if depth else ():
        yield from _own_initialisers(sources, other, wanted, depth - 1)


def _of_callee(sources: Sources, module: Module, callee: str, depth: int) -> Application | None:
    """The app that a project's own function or method (`Builder().build()`) returns."""
    if depth == 0:
        return None
    if callee in module.functions:
        return _of_function(sources, module, callee, depth - 1)
    owner, _, method = callee.rpartition(".")
    if owner and (found := _of_method(sources, module, owner, method, depth)) is not None:
        return found
    return _of_import(sources, module, callee, depth - 1)


def _in_class(callee: str, function: str | None) -> str:
    """`self.build` as it is called in a method of `Server`: `Server.build`."""
    owner = (function or "").rpartition(".")[0]
    head, _, method = callee.partition(".")
    return f"{owner}.{method}" if owner and head in ("self", "cls") else callee


def _of_method(
    sources: Sources, module: Module, owner: str, method: str, depth: int
) -> Application | None:
    """`owner` is a class, a call of one, or a name that was given a call of one."""
    given = module.assignments.get(owner, ())
    owner = next((field(value, "function") for value in given if value.type == "call"), owner)
    owner = owner.partition("(")[0]
    if f"{owner}.{method}" in module.functions:
        return _of_function(sources, module, f"{owner}.{method}", depth - 1)
    return _of_import(sources, module, f"{owner}.{method}", depth - 1)


def _of_object(
    sources: Sources, module: Module, scope: Node, expression: str, depth: int
) -> Application | None:
    """`server.app` or `Server().app`, where a method of the class sets `self.app`."""
    owner, _, attribute = expression.rpartition(".")
    if owner in module.imports:
        return _of_import(sources, module, expression, depth)
    given = assignments(scope).get(owner) or module.assignments.get(owner, [])
    made = [field(value, "function") for value in given]
    for made_by in made or [owner.partition("(")[0]]:
        places = [(module, made_by), *imported_places(sources, module, made_by)]
        for other, name in places:
            if name in other.classes:
                return _of_attribute(sources, other, f"{name}.", f"self.{attribute}", depth)
    return None


def _of_function(sources: Sources, module: Module, name: str, depth: int) -> Application | None:
    """The app that a function makes, or passes on from another one.

    Of several that it makes the one that it returns in the end: `if worker: return worker`.
    """
    scope = module.functions[name]
    last = _returned_last(scope)
    for bound, values in sorted(assignments(scope).items(), key=lambda item: item[0] != last):
        for value in values:
            found = _of_value(sources, module, name, bound, value, depth)
            if found is not None:
                return found
    return _returned(sources, module, name, scope, depth)


def _returned_last(scope: Node) -> str:
    """What the last statement of a function returns, "" where it returns nothing."""
    last = next(reversed(syntax.body(scope).named_children), None)
    is_return = last is not None and last.type == "return_statement" and last.named_children
    return text(last.named_children[0]) if last is not None and is_return else ""


def _returned(
    sources: Sources, module: Module, name: str, scope: Node, depth: int
) -> Application | None:
    for node in syntax.walk_scope(scope):
        value = (
            node.named_children[0]
            if node.type == "return_statement" and node.named_children
            else None
        )
        if value is None:
            continue
        if makes_app(sources, module, value):
            return Application(module.path, syntax.line(value), False, ())
        if value.type == "call":
            callee = _in_class(field(value, "function"), name)
            return _of_callee(sources, module, callee, depth)
        if text(value).startswith(("self.", "cls.")):
            return _of_attribute(sources, module, name, text(value), depth)
        if value.type == "attribute":
            return _of_object(sources, module, scope, text(value), depth)
    return None


def _of_attribute(
    sources: Sources, module: Module, method: str, attribute: str, depth: int
) -> Application | None:
    """`return self.app`: made in another method of the same class."""
    owner = method.rpartition(".")[0]
    for name, scope in module.functions.items():
        if name.rpartition(".")[0] == owner and name != method:
            for value in assignments(scope).get(attribute, ()):
                if (found := _of_value(sources, module, name, attribute, value, depth)) is not None:
                    return found
    if owner in module.classes:
        return _shared(sources, module, owner, attribute.partition(".")[2])
    return None


def _wrapped(
    sources: Sources, module: Module, function: str | None, name: str, call: Node, depth: int
) -> Application | None:
    """`ASGIApp(sio, app)`: what is served wraps the app, which keeps its own name."""
    for node in syntax.arguments(call):
        inner = node.child_by_field_name("value") if node.type == "keyword_argument" else node
        if inner is None or inner.type != "identifier":
            continue
        known = assignments(module.scope(function)).get(text(inner), ())
        for value in known:
            if value != call and makes_app(sources, module, value):
                return _of_value(sources, module, function, text(inner), value, depth)
        if known or text(inner) == name:
            continue
        if (found := _of_import(sources, module, text(inner), depth)) is not None:
            return found
    return None


def _top_level_name(module: Module, call: Node) -> str | None:
    """The function or class that a call stands in, or else the name that it is assigned to."""
    function = module.name_of(syntax.enclosing_function(call))
    if function is not None:
        return function.partition(".")[0]
    holders = (name for name, node in module.classes.items() if syntax.is_inside(call, node))
    return next(holders, None) or _bound_name(call)


def _bound_name(call: Node) -> str | None:
    """The top-level name that a call is assigned to."""
    above = call.parent
    while above is not None and above.type == "assignment":
        if above.parent is None or above.parent.type != "assignment":
            return field(above, "left")
        above = above.parent
    return None
