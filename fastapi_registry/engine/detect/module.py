"""One Python file, read for the names that it binds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.syntax import field, text
from fastapi_registry.engine.edits.python_source import parse, walk


@dataclass(frozen=True)
class Imported:
    """`from module import name`; `name` is `None` where the module itself was imported."""

    module: str
    name: str | None


@dataclass(frozen=True)
class Module:
    """A file and what it binds at its top level. Parsed once, when first asked."""

    path: str
    source: bytes

    @cached_property
    def root(self) -> Node:
        return parse(self.source)

    @cached_property
    def imports(self) -> dict[str, Imported]:
        """Every imported name, also those imported inside functions to break a cycle."""
        return {name: found for node in walk(self.root) for name, found in _imported(node)}

    def importing(self, name: str) -> list[Node]:
        """The statements that import a name."""
        return [node for node in walk(self.root) if name in dict(_imported(node))]

    @cached_property
    def functions(self) -> dict[str, Node]:
        """By their path in the file, methods and closures too: `Builder.build`."""
        return dict(syntax.functions(self.root))

    @cached_property
    def classes(self) -> dict[str, Node]:
        found = (node for node in syntax.walk_scope(self.root) if node.type == "class_definition")
        return {field(node, "name"): node for node in found}

    @cached_property
    def assignments(self) -> dict[str, list[Node]]:
        """The values that each top-level name is given, in order."""
        return assignments(self.root)

    def name_of(self, function: Node | None) -> str | None:
        """The path of a function in this file; `None` for the module itself."""
        return next((name for name, node in self.functions.items() if node == function), None)

    def scope(self, function: str | None) -> Node:
        """Raises `KeyError` where the file has no such function."""
        return self.root if function is None else self.functions[function]

    def calls(self) -> Iterator[Node]:
        return (node for node in walk(self.root) if node.type == "call")

    def bases(self, name: str) -> tuple[str, ...]:
        """What a class of this file inherits from, as written."""
        listed = self.classes[name].child_by_field_name("superclasses")
        return tuple(text(node) for node in listed.named_children) if listed else ()


def assignments(scope: Node) -> dict[str, list[Node]]:
    """What each name (`app`, `self.app`) is given when `scope` runs, in order."""
    found: dict[str, list[Node]] = defaultdict(list)
    for node in syntax.walk_scope(scope):
        if node.type == "assignment" and (value := _value(node)) is not None:
            found[field(node, "left")].append(value)
    return dict(found)


def _value(assignment: Node) -> Node | None:
    """What is assigned, through a chain: `app = api = FastAPI()`."""
    value = assignment.child_by_field_name("right")
    while value is not None and value.type in ("assignment", "await", "parenthesized_expression"):
        inner = value.child_by_field_name("right") or next(iter(value.named_children), None)
        value = inner
    return value


def _imported(node: Node) -> Iterator[tuple[str, Imported]]:
    if node.type == "import_from_statement":
        module = field(node, "module_name")
        for name in node.children_by_field_name("name"):
            yield field(name, "alias") or text(name), Imported(module, _original(name))
    elif node.type == "import_statement":
        for name in node.children_by_field_name("name"):
            alias = field(name, "alias")
            yield alias or text(name).partition(".")[0], Imported(_original(name), None)


def _original(name: Node) -> str:
    return field(name, "name") or text(name)
