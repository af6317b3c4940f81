"""What a project gives to its engine, followed to an expression that another file can evaluate.

    container.py   Singleton(Database, url=settings.dsn)     what the parameter is given
    database.py    class Database:
                       def __init__(self, url): self.url = url
                       def connect(self): create_engine(self.url)

The answer is the expression and the import that it needs: `str(settings.dsn)` and
`from app.config import settings`. It is an answer only where it certainly is a text: `str()` of
SQLAlchemy's `URL` has stars for a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.imports import dotted_name
from fastapi_registry.engine.detect.injection import configured_with, given_to_provider
from fastapi_registry.engine.detect.module import Module, assignments
from fastapi_registry.engine.detect.names import defined_functions, imported_places
from fastapi_registry.engine.detect.settings import SettingsClass
from fastapi_registry.engine.detect.sources import Sources, is_example
from fastapi_registry.engine.detect.syntax import field, text

Expression: TypeAlias = tuple[str, str]

_BUILTINS = {"str", "f", "len", "int", "bool"}
_TEXT_METHODS = {
    "replace",
    "format",
    "unicode_string",
    "render_as_string",
    "get_secret_value",
    "strip",
}
_URL_TYPE = re.compile(r"(?:\w+\.)*URL")
_DSN_TYPE = re.compile(r"\w*(?:Dsn|Url)")
_ANYTHING = ""
_TOO_DEEP = 4


@dataclass(frozen=True)
class Context:
    """What an expression is read in."""

    sources: Sources
    root: str
    settings: tuple[SettingsClass, ...]


def expression(
    context: Context, module: Module, node: Node, depth: int = _TOO_DEEP
) -> Expression | None:
    """`None` unless it certainly is a text."""
    if depth == 0:
        return None
    for origin, given in _origins(context.sources, module, node):
        return expression(context, origin, given, depth - 1)
    if node.type == "identifier":
        is_local = _is_local(node)
        return None if is_local else _constant(context, module, text(node), depth)
    if node.type == "attribute":
        return _of_settings(context, module, node)
    kind = _type_of(context, module, node, depth)
    named = _with_names(context, module, node) if kind is not None else None
    return (as_text(named[0], kind or _ANYTHING), named[1]) if named else None


def as_text(source: str, kind: str) -> str:
    """`source`, which is of the type `kind` as written, as a `str`."""
    if "Secret" in kind:
        return f"{source}.get_secret_value()"
    if _URL_TYPE.fullmatch(kind):
        return f"{source}.render_as_string(hide_password=False)"
    return source if kind == "str" else f"str({source})"


def from_place(context: Context, path: str, name: str) -> str:
    return f"from {_dotted(context, path)} import {name}"


def from_settings(context: Context, known: SettingsClass) -> str:
    return from_place(context, known.reached_in, known.reached_by.partition("(")[0])


def _origins(sources: Sources, module: Module, node: Node) -> Iterator[tuple[Module, Node]]:
    """Where a local name, an attribute of `self` or a parameter has its value from."""
    local = _local_value(module, node)
    if local is not None:
        yield module, local
    yield from _values_given(sources, module, node)


def _local_value(module: Module, node: Node) -> Node | None:
    """What a function gave the name, or a class its attribute; `None` where that depends."""
    function = syntax.enclosing_function(node)
    if function is None:
        return None
    if node.type == "identifier":
        given = assignments(function).get(text(node), [])
    elif text(node).startswith("self."):
        given = _given_to_self(module, function, text(node))
    else:
        given = []
    return given[0] if len(given) == 1 else None


def _is_local(node: Node) -> bool:
    """Whether a function hides what has this name at the top of the file."""
    function = syntax.enclosing_function(node)
    if function is None:
        return False
    return text(node) in {*assignments(function), *syntax.parameters(function)}


def _given_to_self(module: Module, method: Node, attribute: str) -> list[Node]:
    owner = (module.name_of(method) or "").rpartition(".")[0]
    methods = (scope for name, scope in module.functions.items() if name.startswith(f"{owner}."))
    return [value for scope in methods for value in assignments(scope).get(attribute, ())]


def _values_given(sources: Sources, module: Module, node: Node) -> Iterator[tuple[Module, Node]]:
    """What is passed for a parameter: `Database(settings.url)` for `__init__(self, url)`."""
    function = module.name_of(syntax.enclosing_function(node))
    if function is None or text(node) not in syntax.parameters(module.functions[function]):
        return
    names = [name for name in syntax.parameters(module.functions[function]) if name != "self"]
    place = names.index(text(node))
    for caller, call in _calls_of(sources, module, function.removesuffix(".__init__")):
        given = syntax.argument(call, place, text(node))
        if given is not None:
            yield caller, given
    yield from given_to_provider(sources, module, function, place, text(node))


def _calls_of(sources: Sources, module: Module, name: str) -> Iterator[tuple[Module, Node]]:
    """In its own file, then in those that import it, also under another name."""
    yield from ((module, call) for call in module.calls() if field(call, "function") == name)
    for other in sources.mentioning(name.encode()):
        if is_example(other.path) or other.path == module.path:
            continue
        for call in other.calls():
            places = imported_places(sources, other, field(call, "function"))
            if any((place.path, known) == (module.path, name) for place, known in places):
                yield other, call


def _constant(context: Context, module: Module, name: str, depth: int) -> Expression | None:
    """A top-level name that is given a text, here or in the file it is imported from."""
    for value in reversed(module.assignments.get(name, ())):
        kind = _type_of(context, module, value, depth)
        if kind is None and expression(context, module, value, depth - 1) is None:
            return None
        return as_text(name, kind or _ANYTHING), from_place(context, module.path, name)
    for other, wanted in imported_places(context.sources, module, name):
        if (found := _constant(context, other, wanted, depth - 1)) is not None:
            return found
    return None


def _type_of(context: Context, module: Module, node: Node, depth: int) -> str | None:
    """The type of a value as far as the project declares it; `None` where nothing tells it."""
    if node.type in ("string", "concatenated_string", "binary_operator") or _is_text_call(node):
        return "str"
    if node.type == "attribute" and _is_dotted(node):
        return _annotated(context, field(node, "attribute")) or _ANYTHING
    if node.type == "subscript" and _is_dotted(node.child_by_field_name("value")):
        return _ANYTHING
    return _returned_type(context, module, node) if node.type == "call" else None


def _returned_type(context: Context, module: Module, call: Node) -> str | None:
    callee = field(call, "function")
    if callee.rpartition(".")[2] == "make_url" or callee.endswith("URL.create"):
        return "URL"
    functions = defined_functions(context.sources, module, callee)
    declared = [field(owner.functions[name], "return_type") for owner, name in functions]
    if not declared and "." in callee:
        declared = [_annotated(context, callee.rpartition(".")[2])]
    return next((kind for kind in declared if _is_certain(kind)), None)


def _is_certain(kind: str) -> bool:
    return kind == "str" or any(known.fullmatch(kind) for known in (_URL_TYPE, _DSN_TYPE))


def _annotated(context: Context, name: str) -> str:
    """The type of a field, property or method of the project's settings."""
    kinds = (known.annotation(name) for known in context.settings)
    return next((kind for kind in kinds if kind is not None), "")


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


def _of_settings(context: Context, module: Module, node: Node) -> Expression | None:
    """`settings.database_url` as it stands; for a parameter, the instance that others use."""
    name = field(node, "attribute")
    fields = ((known, known.annotation(name)) for known in context.settings)
    known, kind = next(((k, kind) for k, kind in fields if kind is not None), (None, ""))
    named = _with_names(context, module, node) if _is_dotted(node) else None
    if named is not None:
        return as_text(named[0], kind or _ANYTHING), named[1]
    if known is not None:
        return as_text(f"{known.reached_by}.{name}", kind or _ANYTHING), from_settings(
            context, known
        )
    return _of_container(context, module, node)


def _of_container(context: Context, module: Module, node: Node) -> Expression | None:
    """`config.postgres.dsn` of a container: of the settings that its `config` is filled from."""
    for filler, filled_with, inside in configured_with(context.sources, module, node):
        if (named := _with_names(context, filler, filled_with)) is not None:
            return f"str({named[0]}.{inside})", named[1]
    return None


def _is_dotted(node: Node | None) -> bool:
    """`settings.db.url`, whatever `db` is; a call in between could be anything."""
    return re.fullmatch(r"(?!self\b)[\w.]+", text(node)) is not None


def _with_names(context: Context, module: Module, node: Node) -> Expression | None:
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


def _statement(context: Context, module: Module, name: str) -> str | None:
    if name in module.assignments or name in module.functions or name in module.classes:
        return from_place(context, module.path, name)
    imported = module.imports.get(name)
    if imported is None:
        return None
    if imported.name is None:
        return f"import {imported.module}" if imported.module == name else None
    original = imported.name if imported.name == name else f"{imported.name} as {name}"
    absolute = _absolute(context, module, imported.module)
    return f"from {absolute} import {original}" if absolute else None


def _absolute(context: Context, module: Module, dotted: str) -> str | None:
    if not dotted.startswith("."):
        return dotted
    found = context.sources.find(dotted, module.path)
    return _dotted(context, found[0]) if found else None


def _dotted(context: Context, path: str) -> str:
    inside = not context.root or path.startswith(f"{context.root}/")
    return dotted_name(path, context.root if inside else "")
