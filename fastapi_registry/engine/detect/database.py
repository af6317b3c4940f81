"""The project's own database URL, as an expression that its blocks can evaluate, too.

Found where the project makes its engine: `create_async_engine(settings.database_url)`.
What is passed there is right by definition, so it is followed to names that another file
can import. Where that fails, `engine.url` says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.imports import dotted_name
from fastapi_registry.engine.detect.module import Module, assignments
from fastapi_registry.engine.detect.names import defined_functions, imported_places
from fastapi_registry.engine.detect.settings import SettingsClass
from fastapi_registry.engine.detect.sources import Sources, is_decoy
from fastapi_registry.engine.detect.syntax import field, text

_ENGINES = ("create_async_engine", "create_engine")
_POOLS = ("create_pool", "Database", "AsyncConnectionPool", "ConnectionPool")
_POOL_PACKAGES = {"asyncpg", "databases", "psycopg_pool"}
_URL_FIELD = re.compile(
    r"(?i)^(?:\w+_)?(?:database|db|sqlalchemy|postgres|postgresql|sqlite|pg)(?:_\w+)?_?(?:ur[il]|dsn)$"
)
_BUILTINS = {"str", "f", "len", "int", "bool"}
_TEXT_METHODS = {
    "replace",
    "format",
    "unicode_string",
    "render_as_string",
    "get_secret_value",
    "strip",
}
_URL_OF_ENGINE = "url.render_as_string(hide_password=False)"
_TOO_DEEP = 4


@dataclass(frozen=True)
class DatabaseUrl:
    """`statement` makes the names of `expression` known: `from shop.config import settings`."""

    expression: str
    statement: str
    evidence: Evidence


@dataclass(frozen=True)
class _Context:
    """What an expression is read in."""

    sources: Sources
    root: str
    settings: tuple[SettingsClass, ...]


def database_url(
    sources: Sources, root: str, settings: tuple[SettingsClass, ...]
) -> DatabaseUrl | None:
    """Importable from `root`; the async engine's before a second, synchronous one's."""
    context = _Context(sources, root, settings)
    engines = sorted(
        _engines(sources), key=lambda found: "async" not in field(found[1], "function")
    )
    for module, call in engines:
        found = _of_engine(context, module, call)
        if found is not None:
            return found
    return _named_in_settings(context)


def _engines(sources: Sources) -> Iterator[tuple[Module, Node]]:
    for module in sources.mentioning(*(name.encode() for name in (*_ENGINES, *_POOLS))):
        if is_decoy(module.path) or b"context.configure" in module.source:
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


def _of_engine(context: _Context, module: Module, call: Node) -> DatabaseUrl | None:
    given = next(
        (value for key in ("url", "dsn", "conninfo") if (value := syntax.argument(call, 0, key))),
        None,
    )
    evidence = Evidence(module.path, syntax.line(call), f"{field(call, 'function')}({text(given)})")
    found = given and _expression(context, module, given, _TOO_DEEP)
    if not found:
        found = _engine_url(context, module, call)
    return DatabaseUrl(*found, evidence) if found else None


def _expression(
    context: _Context, module: Module, node: Node, depth: int
) -> tuple[str, str] | None:
    """The expression and the import it needs; `None` unless it certainly is a text."""
    if depth == 0:
        return None
    local = _local_value(module, node)
    if local is not None:
        return _expression(context, module, local, depth - 1)
    for caller, given in _values_given(context.sources, module, node):
        return _expression(context, caller, given, depth - 1)
    if node.type == "identifier":
        return _constant(context, module, text(node), depth)
    if node.type == "attribute":
        return _of_settings(context, module, node)
    return _with_names(context, module, node) if _is_text(node) else None


def _is_text(node: Node) -> bool:
    """A literal, something put together from texts, or a call that certainly gives one."""
    return node.type in ("string", "concatenated_string", "binary_operator") or _is_text_call(node)


def _local_value(module: Module, node: Node) -> Node | None:
    """What a function gave the name, where the engine is made inside one."""
    function = syntax.enclosing_function(node)
    if function is None or node.type != "identifier":
        return None
    given = assignments(function).get(text(node), ())
    return given[-1] if given else None


def _values_given(sources: Sources, module: Module, node: Node) -> Iterator[tuple[Module, Node]]:
    """What is passed for a parameter: `Database(settings.url)` for `__init__(self, url)`."""
    function = module.name_of(syntax.enclosing_function(node))
    if function is None or text(node) not in syntax.parameters(module.functions[function]):
        return
    names = [name for name in syntax.parameters(module.functions[function]) if name != "self"]
    for caller, call in _calls_of(sources, module, function.removesuffix(".__init__")):
        given = syntax.argument(call, names.index(text(node)), text(node))
        if given is not None:
            yield caller, given


def _calls_of(sources: Sources, module: Module, name: str) -> Iterator[tuple[Module, Node]]:
    """In its own file, then in those that import it, also under another name."""
    yield from ((module, call) for call in module.calls() if field(call, "function") == name)
    for other in sources.mentioning(name.encode()):
        if is_decoy(other.path) or other.path == module.path:
            continue
        for call in other.calls():
            places = imported_places(sources, other, field(call, "function"))
            if any((place.path, known) == (module.path, name) for place, known in places):
                yield other, call


def _constant(context: _Context, module: Module, name: str, depth: int) -> tuple[str, str] | None:
    """A top-level name that is given a text, here or in the file it is imported from."""
    for value in reversed(module.assignments.get(name, ())):
        if _is_text(value) or _expression(context, module, value, depth - 1) is not None:
            return name, _from(context, module.path, name)
        return None
    for other, wanted in imported_places(context.sources, module, name):
        if (found := _constant(context, other, wanted, depth - 1)) is not None:
            return found
    return None


def _is_environment(call: Node) -> bool:
    """`os.getenv(…)`, `config("DATABASE_URL")`: the environment gives texts."""
    return field(call, "function").rpartition(".")[2] in ("getenv", "get", "config", "str", "env")


def _is_text_call(node: Node) -> bool:
    if node.type == "subscript":
        return "environ" in text(node)
    function = field(node, "function") if node.type == "call" else ""
    return (
        function == "str" or _is_environment(node) or function.rpartition(".")[2] in _TEXT_METHODS
    )


def _of_settings(context: _Context, module: Module, node: Node) -> tuple[str, str] | None:
    """`settings.database_url` as it stands; for a parameter, the instance that others use."""
    name = field(node, "attribute")
    fields = ((known, known.annotation(name)) for known in context.settings)
    known, kind = next(((k, kind) for k, kind in fields if kind is not None), (None, ""))
    named = _with_names(context, module, node) if _is_dotted(node) else None
    if named is not None:
        return _as_text(named[0], kind or ""), named[1]
    if known is None:
        return None
    return _as_text(f"{known.reached_by}.{name}", kind or ""), _from_settings(context, known)


def _is_dotted(node: Node) -> bool:
    """`settings.db.url`, whatever `db` is; a call in between could be anything."""
    return re.fullmatch(r"(?!self\b)[\w.]+", text(node)) is not None


def _as_text(expression: str, kind: str) -> str:
    if "Secret" in kind:
        return f"{expression}.get_secret_value()"
    if kind in ("URL", "sa.URL", "sqlalchemy.URL"):
        return f"{expression}.render_as_string(hide_password=False)"
    return expression if kind == "str" else f"str({expression})"


def _from_settings(context: _Context, known: SettingsClass) -> str:
    return _from(context, known.reached_in, known.reached_by.partition("(")[0])


def _with_names(context: _Context, module: Module, node: Node) -> tuple[str, str] | None:
    """The expression as it stands, if one import gives all the names in it."""
    names = sorted({text(name) for name in _free_names(node)} - _BUILTINS)
    statements = [_statement(context, module, name) for name in names]
    if any(statement is None for statement in statements) or len(statements) > 1:
        return None
    return text(node), statements[0] if statements and statements[0] else ""


def _free_names(node: Node) -> Iterator[Node]:
    for found in syntax.descendants(node):
        above = found.parent
        is_part = above is not None and (
            (above.type == "attribute" and above.child_by_field_name("attribute") == found)
            or (above.type == "keyword_argument" and above.child_by_field_name("name") == found)
        )
        if found.type == "identifier" and not is_part:
            yield found


def _statement(context: _Context, module: Module, name: str) -> str | None:
    if name in module.assignments or name in module.functions:
        return _from(context, module.path, name)
    imported = module.imports.get(name)
    if imported is None:
        return None
    if imported.name is None:
        return f"import {imported.module}" if imported.module == name else None
    original = imported.name if imported.name == name else f"{imported.name} as {name}"
    absolute = _absolute(context, module, imported.module)
    return f"from {absolute} import {original}" if absolute else None


def _absolute(context: _Context, module: Module, dotted: str) -> str | None:
    if not dotted.startswith("."):
        return dotted
    found = context.sources.find(dotted, module.path)
    return _dotted(context, found[0]) if found else None


def _from(context: _Context, path: str, name: str) -> str:
    return f"from {_dotted(context, path)} import {name}"


def _dotted(context: _Context, path: str) -> str:
    inside = not context.root or path.startswith(f"{context.root}/")
    return dotted_name(path, context.root if inside else "")


def _engine_url(context: _Context, module: Module, call: Node) -> tuple[str, str] | None:
    """`engine.url`, for an engine at the top of a file, or `make_engine().url`."""
    tops = (name for name, values in module.assignments.items() if call in values)
    name = next(tops, None)
    if name is not None:
        return f"{name}.{_URL_OF_ENGINE}", _from(context, module.path, name)
    maker = _maker(module, call)
    if maker is not None:
        return f"{maker}().{_URL_OF_ENGINE}", _from(context, module.path, maker)
    return None


def _maker(module: Module, call: Node) -> str | None:
    """The top-level function without parameters that returns what the call makes."""
    name = module.name_of(syntax.enclosing_function(call))
    if name is None or "." in name or syntax.parameters(module.functions[name]):
        return None
    scope = module.functions[name]
    if text(scope).startswith("async"):
        return None
    locals_ = [local for local, values in assignments(scope).items() if call in values]
    returned = (node for node in syntax.walk_scope(scope) if node.type == "return_statement")
    given = (value for node in returned for value in node.named_children)
    is_returned = any(value == call or text(value) in locals_ for value in given)
    return name if is_returned else None


def _named_in_settings(context: _Context) -> DatabaseUrl | None:
    """No engine was found; a setting that is called like a database URL will be one."""
    for known in context.settings:
        for name, kind in known.annotations:
            if _URL_FIELD.match(name):
                expression = _as_text(f"{known.reached_by}.{name}", kind)
                return DatabaseUrl(expression, _from_settings(context, known), known.evidence)
    return None
