"""The project's own database URL, as an expression that its blocks can evaluate, too.

Found where the project makes its engine: `create_async_engine(settings.database_url)`.
What is passed there is right by definition, so it is followed to names that another file
can import. Where that fails, `engine.url` says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.module import Module, assignments
from fastapi_registry.engine.detect.names import defined_functions
from fastapi_registry.engine.detect.settings import SettingsClass
from fastapi_registry.engine.detect.sources import Sources, is_example
from fastapi_registry.engine.detect.syntax import field, text
from fastapi_registry.engine.detect.url_expression import (
    Context,
    as_text,
    expression,
    from_place,
    from_settings,
)
from fastapi_registry.engine.edits.new_hub import NAMES

_ENGINES = ("create_async_engine", "create_engine")
_POOLS = ("create_pool", "Database", "AsyncConnectionPool", "ConnectionPool")
_POOL_PACKAGES = {"asyncpg", "databases", "psycopg_pool"}
_URL_FIELD = re.compile(
    r"(?i)^(?:\w+_)?(?:database|db|sqlalchemy|postgres|postgresql|sqlite|pg)(?:_\w+)?_?(?:ur[il]|dsn)$"
)
_OPTIONAL = re.compile(r"\b(?:None|Optional)\b")
_URL_OF_ENGINE = "url.render_as_string(hide_password=False)"


@dataclass(frozen=True)
class DatabaseUrl:
    """`statement` makes the name in `expression` known: `from shop.config import settings`.

    It is none that the hub uses itself: `from shop.config import Settings as TheirSettings`.
    """

    expression: str
    statement: str
    evidence: Evidence


def database_url(
    sources: Sources, root: str, settings: tuple[SettingsClass, ...]
) -> DatabaseUrl | None:
    """The app's own before another service's, an async engine's before a second, synchronous one's.

    `root` is the folder that the app imports itself from.
    """
    context = Context(sources, root, settings)
    engines = sorted(_engines(sources), key=lambda found: _remoteness(root, *found))
    for module, call in engines:
        is_sure = not _has_alternative(module, call, engines)
        found = _of_engine(context, module, call, is_sure=is_sure)
        if found is not None:
            return found
    return _named_in_settings(context)


def _remoteness(root: str, module: Module, call: Node) -> tuple[bool, bool]:
    is_outside = bool(root) and not module.path.startswith(f"{root}/")
    return is_outside, "async" not in field(call, "function")


def _engines(sources: Sources) -> Iterator[tuple[Module, Node]]:
    for module in sources.mentioning(*(name.encode() for name in (*_ENGINES, *_POOLS))):
        if is_example(module.path) or b"context.configure" in module.source:
            continue
        for call in module.calls():
            if _is_engine(sources, module, call):
                yield module, call


def _is_engine(sources: Sources, module: Module, call: Node) -> bool:
    """Also under another name; a function of the project that is called so is none."""
    callee = field(call, "function")
    owner, _, name = callee.rpartition(".")
    imported = module.imports.get(owner or name)
    name = (imported and not owner and imported.name) or name
    if name in _ENGINES:
        is_theirs = owner in ("self", "cls") or any(defined_functions(sources, module, callee))
        return not is_theirs
    return name in _POOLS and imported is not None and imported.module in _POOL_PACKAGES


def _has_alternative(module: Module, call: Node, engines: Sequence[tuple[Module, Node]]) -> bool:
    """Whether a condition decides which of several databases the engine is for."""
    scope, kind = syntax.enclosing_function(call), field(call, "function")
    return any(
        other.path == module.path
        and field(engine, "function") == kind
        and syntax.enclosing_function(engine) == scope
        and text(_given(engine)) != text(_given(call))
        and _is_bound_to_the_same(engine, call)
        for other, engine in engines
    )


def _is_bound_to_the_same(engine: Node, other: Node) -> bool:
    """`engine = …` twice, or twice `return …`: not two engines of two names."""
    statements = (syntax.statement(engine), syntax.statement(other))
    first, second = (text(statement).partition("=")[0].split()[:1] for statement in statements)
    return first == second


def _given(call: Node) -> Node | None:
    named = (syntax.argument(call, 0, key) for key in ("url", "dsn", "conninfo"))
    return next((value for value in named if value is not None), None)


def _of_engine(
    context: Context, module: Module, call: Node, *, is_sure: bool
) -> DatabaseUrl | None:
    """Where it is not sure that this engine is made, what the maker or the name of it has."""
    given = _given(call)
    evidence = Evidence(module.path, syntax.line(call), f"{field(call, 'function')}({text(given)})")
    found = expression(context, module, given) if given is not None and is_sure else None
    if not found:
        found = _engine_url(context, module, call)
    return _distinct(*found, evidence) if found else None


def _distinct(source: str, statement: str, evidence: Evidence) -> DatabaseUrl:
    """The class of the project's settings is often called `Settings`, as ours is."""
    known_as = statement.rpartition(" ")[2]
    if known_as not in NAMES or " import " not in statement:
        return DatabaseUrl(source, statement, evidence)
    apart = f"Their{known_as}" if known_as[0].isupper() else f"their_{known_as}"
    renamed = re.sub(rf"(?<![\w.]){known_as}\b", apart, source)
    imported = statement.removesuffix(f" as {known_as}")
    return DatabaseUrl(renamed, f"{imported} as {apart}", evidence)


def _engine_url(context: Context, module: Module, call: Node) -> tuple[str, str] | None:
    """`engine.url`, for an engine at the top of a file, or `make_engine().url`."""
    maker = _maker(module, call)
    name = next(_names_of_engine(module, call, maker), None)
    if name is not None:
        return f"{name}.{_URL_OF_ENGINE}", from_place(context, module.path, name)
    if maker is not None and not syntax.required_parameters(module.functions[maker]):
        return f"{maker}().{_URL_OF_ENGINE}", from_place(context, module.path, maker)
    return None


def _names_of_engine(module: Module, call: Node, maker: str | None) -> Iterator[str]:
    """The top-level names that are given the engine, or what its maker returns."""
    for name, values in module.assignments.items():
        if any(value == call or (maker and field(value, "function") == maker) for value in values):
            yield name


def _maker(module: Module, call: Node) -> str | None:
    """The top-level function that returns what the call makes."""
    name = module.name_of(syntax.enclosing_function(call))
    if name is None or "." in name:
        return None
    scope = module.functions[name]
    if text(scope).startswith("async"):
        return None
    locals_ = [local for local, values in assignments(scope).items() if call in values]
    returned = (node for node in syntax.walk_scope(scope) if node.type == "return_statement")
    given = (value for node in returned for value in node.named_children)
    is_returned = any(value == call or text(value) in locals_ for value in given)
    return name if is_returned else None


def _named_in_settings(context: Context) -> DatabaseUrl | None:
    """No engine was found; a setting that is called like a database URL will be one."""
    for known in context.settings:
        for name, kind in known.annotations:
            if _URL_FIELD.match(name) and not _OPTIONAL.search(kind):
                source = as_text(f"{known.reached_by}.{name}", kind)
                return _distinct(source, from_settings(context, known), known.evidence)
    return None
