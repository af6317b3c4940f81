"""The project's settings classes: how one is reached, and whether `.env` may have our keys too.

pydantic-settings forbids unknown keys of a `.env` unless told otherwise: one key of ours
would stop such a project from starting. Only what is proven to be tolerant counts as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.detect.names import imported_places
from fastapi_registry.engine.detect.sources import Sources, is_example
from fastapi_registry.engine.detect.syntax import field, text

_TOO_DEEP = 5
_TOLERANT = re.compile(
    r"""extra["']?\s*[=:]\s*(?:["'](?:ignore|allow)["']|Extra\.(?:ignore|allow))"""
)
_READS_FILE = re.compile(r"""env_file["']?\s*[=:]\s*(?!None\b)""")


@dataclass(frozen=True)
class SettingsClass:
    """A class made from `BaseSettings`."""

    path: str
    name: str
    reached_by: str
    """The expression that gives the instance the project uses: `settings`, `get_settings()`."""
    reached_in: str
    """The file that has the name in it: not always the one of the class."""
    annotations: tuple[tuple[str, str], ...]
    """The fields and properties, each with its type as written."""
    tolerates_unknown: bool
    evidence: Evidence

    def annotation(self, name: str) -> str | None:
        return dict(self.annotations).get(name)


def settings_classes(sources: Sources) -> tuple[SettingsClass, ...]:
    """Those of the app; the ones of tests and tools do not matter."""
    return tuple(
        _described(sources, module, name)
        for module in sources.mentioning(b"BaseSettings", b"pydantic_settings", b"Settings)")
        for name in module.classes
        if not is_example(module.path) and _is_settings(sources, module, name, _TOO_DEEP)
    )


def _is_settings(sources: Sources, module: Module, name: str, depth: int) -> bool:
    return any(
        base.rpartition(".")[2] == "BaseSettings" or _inherits(sources, module, base, depth)
        for base in module.bases(name)
    )


def _inherits(sources: Sources, module: Module, base: str, depth: int) -> bool:
    return depth > 0 and any(
        _is_settings(sources, other, wanted, depth - 1)
        for other, wanted in _class_places(sources, module, base)
    )


def _class_places(sources: Sources, module: Module, name: str) -> Iterator[tuple[Module, str]]:
    if name in module.classes:
        yield module, name
    for other, wanted in imported_places(sources, module, name):
        if wanted in other.classes:
            yield other, wanted


def _described(sources: Sources, module: Module, name: str) -> SettingsClass:
    node = module.classes[name]
    family = [text(member) for member in _family(sources, module, name, _TOO_DEEP)]
    reads = any(map(_READS_FILE.search, family)) or b"_env_file=" in module.source
    tolerates = not reads or any(_TOLERANT.search(member) for member in family)
    why = "unknown keys in `.env` are tolerated" if tolerates else "unknown keys may be refused"
    return SettingsClass(
        module.path,
        name,
        *_reached(sources, module, name),
        tuple(_annotations(node)),
        tolerates,
        Evidence(module.path, syntax.line(node), f"class {name}: {why}"),
    )


def _family(sources: Sources, module: Module, name: str, depth: int) -> Iterator[Node]:
    """The class and those it is made from, as far as the project wrote them."""
    yield module.classes[name]
    if depth:
        for base in module.bases(name):
            for other, wanted in _class_places(sources, module, base):
                yield from _family(sources, other, wanted, depth - 1)


def _reached(sources: Sources, module: Module, name: str) -> tuple[str, str]:
    """Where the project takes its instance from: its own file, another, or a call of the class."""
    others = (
        other
        for other in sources.mentioning(f"{name}(".encode())
        if not is_example(other.path) and other.path != module.path and name in other.imports
    )
    for place in (module, *others):
        if (found := _instance(place, name)) is not None:
            return found, place.path
    return f"{name}()", module.path


def _instance(module: Module, name: str) -> str | None:
    """A name that is given an instance, or a function without arguments that returns one."""
    getters = [
        function
        for function, node in module.functions.items()
        if "." not in function and not syntax.parameters(node) and f"{name}(" in text(node)
    ]
    for variable, values in module.assignments.items():
        if any(field(value, "function") in (name, *getters) for value in values):
            return variable
    return f"{getters[0]}()" if getters else None


def _annotations(node: Node) -> Iterator[tuple[str, str]]:
    for found in syntax.walk_scope(node):
        if found.type == "assignment" and field(found, "type"):
            yield field(found, "left"), field(found, "type")
    for name, function in syntax.functions(node):
        yield name, field(function, "return_type")
