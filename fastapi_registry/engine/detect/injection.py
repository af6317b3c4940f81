"""Containers of `dependency-injector`: who gives a class its arguments, and what a `config` holds.

class Container(DeclarativeContainer):
    config = providers.Configuration(pydantic_settings=[Settings()])
    database = providers.Singleton(Database, url=config.postgres.dsn)
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.module import Module, assignments
from fastapi_registry.engine.detect.names import imported_places
from fastapi_registry.engine.detect.sources import Sources, is_example
from fastapi_registry.engine.detect.syntax import field, text

_PROVIDERS = {"Singleton", "ThreadSafeSingleton", "Factory", "Resource", "Callable"}
_DUMPS = {"model_dump", "dict"}


def given_to_provider(
    sources: Sources, module: Module, function: str, place: int, name: str
) -> Iterator[tuple[Module, Node]]:
    """What a provider passes for a parameter of a function or class of `module`."""
    made = function.removesuffix(".__init__")
    for other in sources.mentioning(b"dependency_injector"):
        if is_example(other.path):
            continue
        for call in other.calls():
            if _provides(sources, other, call, module, made):
                given = syntax.argument(call, place + 1, name)
                if given is not None:
                    yield other, given


def configured_with(
    sources: Sources, module: Module, node: Node
) -> Iterator[tuple[Module, Node, str]]:
    """For `config.postgres.dsn`: a file, the settings in it that fill `config`, "postgres.dsn"."""
    config, _, inside = text(node).partition(".")
    for owner in module.classes.values():
        for made in assignments(owner).get(config, ()) if syntax.is_inside(node, owner) else ():
            if field(made, "function").rpartition(".")[2] != "Configuration":
                continue
            listed = syntax.argument(made, None, "pydantic_settings")
            yield from (
                (module, each, inside) for each in (listed.named_children if listed else ())
            )
            yield from ((*filler, inside) for filler in _filled(sources, config))


def _provides(sources: Sources, container: Module, call: Node, module: Module, made: str) -> bool:
    if field(call, "function").rpartition(".")[2] not in _PROVIDERS:
        return False
    provided = text(syntax.argument(call, 0, "provides"))
    places = ((place.path, name) for place, name in imported_places(sources, container, provided))
    is_own = container.path == module.path and provided == made
    return is_own or (module.path, made) in places


def _filled(sources: Sources, config: str) -> Iterator[tuple[Module, Node]]:
    """`container.config.from_pydantic(settings)`, `config.from_dict(settings.model_dump())`."""
    for module in sources.mentioning(b".from_pydantic(", b".from_dict("):
        for call in () if is_example(module.path) else module.calls():
            owner, _, method = field(call, "function").rpartition(".")
            given = syntax.argument(call, 0, "settings" if method == "from_pydantic" else "options")
            if given is None or owner.rpartition(".")[2] != config:
                continue
            if method == "from_pydantic":
                yield module, _unbound(given)
            elif method == "from_dict" and (dumped := _dumped(given)) is not None:
                yield module, _unbound(dumped)


def _dumped(given: Node) -> Node | None:
    """`settings` in `settings.model_dump()`."""
    called = given.child_by_field_name("function") if given.type == "call" else None
    if called is None or called.type != "attribute":
        return None
    is_dump = field(called, "attribute") in _DUMPS
    return called.child_by_field_name("object") if is_dump else None


def _unbound(given: Node) -> Node:
    """What a function gave the local name, so that it can be said outside of it, too."""
    function = syntax.enclosing_function(given)
    values = assignments(function).get(text(given), []) if function is not None else []
    return values[0] if len(values) == 1 else given
