"""How the project talks to its database, and which tables it has there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.evidence import Evidence, line_of
from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.detect.sources import Sources, is_example

Kind = Literal["async SQLAlchemy", "SQLAlchemy", "SQLModel", "MongoDB", "Tortoise", "SQL", "none"]

# The packages whose import tells the kind, the most telling first.
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("sqlmodel", "SQLModel"),
    ("sqlalchemy.ext.asyncio", "async SQLAlchemy"),
    ("sqlalchemy", "SQLAlchemy"),
    *((name, "Tortoise") for name in ("tortoise",)),
    *(
        (name, "SQL")
        for name in ("asyncpg", "psycopg", "psycopg2", "aiosqlite", "sqlite3", "databases")
    ),
    *((name, "MongoDB") for name in ("beanie", "motor", "odmantic", "mongoengine", "pymongo")),
)
_RAW_TABLE = re.compile(rb"(?i)create\s+table\s+(?:if\s+not\s+exists\s+)?[\"'`]?(?:\w+\.)?(\w+)")


@dataclass(frozen=True)
class Orm:
    kind: Kind
    base: str | None
    """The declarative base, `path:Name`, where there is one."""
    is_dataclass: bool
    evidence: Evidence | None


@dataclass(frozen=True)
class Table:
    name: str
    evidence: Evidence


def orm(sources: Sources) -> Orm:
    seen = dict(reversed(list(_imports(sources))))
    for wanted, kind in _KINDS:
        for name, evidence in seen.items():
            if name == wanted or name.startswith(f"{wanted}."):
                return _with_base(sources, kind, evidence)
    return Orm("none", None, False, None)


def tables(sources: Sources) -> tuple[Table, ...]:
    """Every table that a model, a revision or raw SQL of the project names."""
    found: dict[str, Table] = {}
    words = (b"__tablename__", b"Table(", b"table=True", b"create_table", b"class Meta")
    for module in sources.mentioning(*words):
        if not is_example(module.path):
            for name, line, why in _tables_of(module):
                found.setdefault(name, Table(name, Evidence(module.path, line, why)))
    for module in sources.mentioning(b"CREATE TABLE", b"create table"):
        for match in _RAW_TABLE.finditer(module.source):
            name = match.group(1).decode()
            line = line_of(module.source, match.start())
            found.setdefault(name, Table(name, Evidence(module.path, line, "CREATE TABLE")))
    return tuple(found[name] for name in sorted(found))


def _imports(sources: Sources) -> Iterator[tuple[str, Evidence]]:
    for module in sources.mentioning(*{name.partition(".")[0].encode() for name, _ in _KINDS}):
        if is_example(module.path) or b"context.configure" in module.source:
            continue
        for imported in module.imports.values():
            line = line_of(module.source, max(module.source.find(imported.module.encode()), 0))
            yield imported.module, Evidence(module.path, line, f"imports {imported.module}")


def _with_base(sources: Sources, kind: Kind, evidence: Evidence) -> Orm:
    for module in sources.mentioning(b"DeclarativeBase", b"declarative_base"):
        if is_example(module.path):
            continue
        for name in module.classes:
            bases = " ".join(module.bases(name))
            if "DeclarativeBase" in bases:
                return Orm(kind, f"{module.path}:{name}", "MappedAsDataclass" in bases, evidence)
        for name, values in module.assignments.items():
            if any(syntax.field(v, "function").endswith("declarative_base") for v in values):
                return Orm(kind, f"{module.path}:{name}", False, evidence)
    return Orm(kind, None, False, evidence)


def _tables_of(module: Module) -> Iterator[tuple[str, int, str]]:
    for name, node in module.classes.items():
        line = syntax.line(node)
        named = _tablename(module, name)
        if named:
            yield named, line, f"class {name}"
        elif "table=True" in module.bases(name):
            yield name.lower(), line, f"class {name}"
    for call in module.calls():
        function = syntax.field(call, "function")
        if function.rpartition(".")[2] in ("Table", "create_table"):
            named = syntax.string_value(syntax.argument(call, 0, "name"))
            if named:
                yield named, syntax.line(call), f"{function}(…)"


def _tablename(module: Module, name: str) -> str | None:
    """SQLAlchemy's `__tablename__`; in a `class Meta`, the word of Tortoise, Ormar or Peewee."""
    scope = module.classes[name]
    for node in syntax.walk_scope(scope):
        if node.type == "class_definition" and syntax.field(node, "name") == "Meta":
            inner = _assigned(node, "table", "tablename", "table_name")
            return inner or _assigned(scope, "__tablename__")
    return _assigned(scope, "__tablename__")


def _assigned(scope: Node, *names: str) -> str | None:
    for node in syntax.walk_scope(scope):
        if node.type == "assignment" and syntax.field(node, "left") in names:
            return syntax.string_value(node.child_by_field_name("right"))
    return None
