"""`pyproject.toml`: the dependencies of a project, and its name (PEP 621).

Spliced in place and then read again with `tomllib`: an edit whose result would mean
anything else than intended is not made.
https://packaging.python.org/en/latest/specifications/pyproject-toml/
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from fastapi_registry.engine.edits.dependency_list import (
    Listed,
    with_extras,
    with_text,
    without_extras,
)
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.lines import delete_lines, insert_line, line_end, splice
from fastapi_registry.engine.edits.sequence import Bracketed, delete_item, insert_item
from fastapi_registry.engine.edits.toml_source import (
    UnreadableToml,
    array,
    end_of_table,
    find,
    meaning,
    quoted,
)
from fastapi_registry.engine.plan import Todo


class ProjectDependencies(NamedTuple):
    """`[project] dependencies`, or an array of `[dependency-groups]` if `group` says so."""

    path: str = "pyproject.toml"
    group: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return ("dependency-groups", self.group) if self.group else ("project", "dependencies")

    def listed(self, source: bytes) -> tuple[Listed, ...]:
        brackets = self._array(source)
        return tuple(_listed(source, *place) for place in brackets.items) if brackets else ()

    def insert(self, source: bytes, index: int, text: str) -> bytes:
        source = self._with_array(source, text)
        brackets = self._array(source)
        assert brackets is not None
        edited = insert_item(source, brackets, index, quoted(text))
        texts = [each.text for each in self.listed(source)]
        return self._checked(edited, [*texts[:index], text, *texts[index:]], text)

    def replace(self, source: bytes, index: int, text: str) -> bytes:
        return with_text(source, self.listed(source)[index], text)

    def insert_extras(self, source: bytes, index: int, extras: str) -> bytes:
        return with_extras(source, self.listed(source)[index], extras)

    def delete_extras(self, source: bytes, index: int, extras: str) -> bytes:
        return without_extras(source, self.listed(source)[index], extras)

    def delete(self, source: bytes, index: int) -> bytes:
        brackets = self._array(source)
        assert brackets is not None
        texts = [each.text for each in self.listed(source)]
        edited = delete_item(source, brackets, index)
        return self._checked(edited, [*texts[:index], *texts[index + 1 :]], texts[index])

    def _array(self, source: bytes) -> Bracketed | None:
        try:
            return _array_at(source, self.key)
        except UnreadableToml as error:
            raise self._refusal(f"`{'.'.join(self.key)}` could not be read") from error

    def _with_array(self, source: bytes, text: str) -> bytes:
        """`source` with an empty array, if it has none yet."""
        if self._array(source) is not None:
            return source
        place = end_of_table(source, self.key[0])
        if place is None or self._is_dynamic(source):
            raise self._refusal("it has no list of dependencies that could be edited", text)
        return insert_line(source, line_end(source, place), f"{self.key[1]} = []".encode())

    def _is_dynamic(self, source: bytes) -> bool:
        """Whether the dependencies are kept elsewhere, for the build to read them."""
        entry = find(source, "project", "dynamic")
        dynamic = meaning(source[entry.start : entry.end]) if entry else []
        return isinstance(dynamic, list) and "dependencies" in dynamic

    def _checked(self, edited: bytes, expected: list[str], text: str) -> bytes:
        try:
            table, name = self.key
            found = tomllib.loads(edited.decode("utf-8-sig"))[table][name]
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError):
            found = None
        if found != expected:
            raise self._refusal("it is written in a way that this tool does not know", text)
        return edited

    def _refusal(self, why: str, text: str = "") -> CannotEdit:
        snippet = f"{self.key[1]} = [\n    ...\n    {quoted(text).decode()},\n]" if text else ""
        return CannotEdit(Todo(f"{self.path}: {why}", self.path, None, snippet))


def named(source: bytes, values: Mapping[str, str]) -> bytes:
    """`[project]` with other texts for keys that it has: `name`, `description`."""
    for key, value in values.items():
        entry = find(source, "project", key)
        if entry is not None:
            source = splice(source, entry.start, entry.end, quoted(value))
    return source


def without_dependencies(source: bytes) -> bytes:
    """`[project] dependencies = []`: what each block needs is added when it is installed."""
    entry = find(source, "project", "dependencies")
    return source if entry is None else splice(source, entry.start, entry.end, b"[]")


def development_tools(source: bytes) -> tuple[str, ...]:
    return tuple(each.text for each in ProjectDependencies(group="dev").listed(source))


def without_lists(source: bytes) -> bytes:
    """For a project that names its distributions elsewhere, which uv is to respect."""
    for key in (("project", "dependencies"), ("dependency-groups", "dev")):
        entry = find(source, *key)
        if entry is not None:
            source = delete_lines(source, entry.line, entry.end)
    return source.replace(b"[dependency-groups]\n", b"[tool.uv]\nmanaged = false\n")


@lru_cache(maxsize=2)  # one edit asks several times about the same file
def _array_at(source: bytes, key: tuple[str, str]) -> Bracketed | None:
    entry = find(source, *key)
    if entry is None:
        return None
    if source[entry.start : entry.start + 1] != b"[":
        raise UnreadableToml("not an array")
    return array(source, entry.start)


def _listed(source: bytes, start: int, end: int) -> Listed:
    """The text between the quotes; what is no string (a table of a group) mentions nothing."""
    raw = source[start:end]
    value = meaning(raw)
    if not isinstance(value, str) or raw[:3] in (b'"""', b"'''"):
        return Listed("", start, end)
    return Listed(value, start + 1, end - 1)
