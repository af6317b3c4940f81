"""`[tool.poetry.dependencies]`: one key a distribution, of Poetry projects without PEP 621.

https://python-poetry.org/docs/dependency-specification/
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from fastapi_registry.engine.dependency import Dependency, canonical
from fastapi_registry.engine.edits.dependency_list import Listed
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.lines import (
    delete_lines,
    insert_line,
    line_end,
    line_start,
    splice,
)
from fastapi_registry.engine.edits.toml_source import (
    Entry,
    UnreadableToml,
    end_of_table,
    entries,
    meaning,
    quoted,
)
from fastapi_registry.engine.plan import Todo

_WITH_EXTRAS = re.compile(
    rb"\{\s*version\s*=\s*(?P<version>\"[^\"]*\"|'[^']*')\s*,\s*extras\s*=\s*\[[^\]]*\]\s*\}"
)
_TABLE = ("tool", "poetry", "dependencies")


def is_poetry(source: bytes) -> bool:
    """Whether a `pyproject.toml` keeps its dependencies in Poetry's own table, and only there."""
    try:
        table = tomllib.loads(source.decode("utf-8-sig"))
        has_own = "dependencies" in table.get("tool", {}).get("poetry", {})
        return has_own and "dependencies" not in table.get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError):
        return False


class PoetryDependencies(NamedTuple):
    """Requirements as pip spells them: `pwdlib = {version = "^0.2", extras = ["argon2"]}`
    is listed as `pwdlib[argon2]>=0.2,<0.3`.
    """

    path: str = "pyproject.toml"

    def listed(self, source: bytes) -> tuple[Listed, ...]:
        return tuple(Listed(_spelled(source, e), e.line, e.end) for e in self._entries(source))

    def insert(self, source: bytes, index: int, text: str) -> bytes:
        own = self._entries(source)
        end = end_of_table(source, *_TABLE)
        if end is None or (own and source[own[0].line : own[0].end].count(b"\n")):
            raise self._refusal(text)
        place = line_end(source, own[index - 1].end if own and index else end)
        if own and index == 0:
            place = line_start(source, own[0].line)
        return self._checked(insert_line(source, place, _line(text)), text)

    def replace(self, source: bytes, index: int, text: str) -> bytes:
        """The version stays as the user spelled it where it means the same: `^2.0`."""
        entry, wanted = self._entries(source)[index], Dependency.parse(text)
        version = _version(source, entry)
        if version is None or wanted.marker or wanted.bounds != _bounds(meaning(version)):
            edited = splice(source, entry.line, entry.end, _line(text))
        else:
            edited = splice(source, entry.start, entry.end, _value(version, wanted.extras))
        return self._checked(edited, text)

    def insert_extras(self, source: bytes, index: int, extras: str) -> bytes:
        """`"^2.0"` becomes `{ version = "^2.0", extras = ["asyncio"] }`.

        Raises `CannotEdit` where it is a table already, written in the user's own way.
        """
        entry = self._entries(source)[index]
        value = source[entry.start : entry.end]
        text = str(Dependency.parse(_spelled(source, entry)).with_extras(tuple(_words(extras))))
        if value[:1] not in (b'"', b"'"):
            raise self._refusal(text)
        return self._checked(
            splice(source, entry.start, entry.end, _value(value, _words(extras))), text
        )

    def delete_extras(self, source: bytes, index: int, extras: str) -> bytes:
        """The version alone again, if nothing but our extras stands beside it."""
        entry = self._entries(source)[index]
        value, version = meaning(source[entry.start : entry.end]), _version(source, entry)
        if version is None or not isinstance(value, Mapping) or value["extras"] != _words(extras):
            return source
        return splice(source, entry.start, entry.end, version)

    def delete(self, source: bytes, index: int) -> bytes:
        entry = self._entries(source)[index]
        return delete_lines(source, entry.line, entry.end)

    def _entries(self, source: bytes) -> list[Entry]:
        """Those of the table itself; `python` is no distribution."""
        try:
            found = [e for e in entries(source) if e.key[:-1] == _TABLE and len(e.key) == 4]
        except UnreadableToml as error:
            raise self._refusal("") from error
        return [entry for entry in found if entry.key[-1] != "python"]

    def _checked(self, edited: bytes, text: str) -> bytes:
        try:
            table = tomllib.loads(edited.decode("utf-8-sig"))["tool"]["poetry"]["dependencies"]
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
            raise self._refusal(text) from error
        if canonical(Dependency.parse(text).name) not in map(canonical, table):
            raise self._refusal(text)
        return edited

    def _refusal(self, text: str) -> CannotEdit:
        snippet = f"[tool.poetry.dependencies]\n{_line(text).decode()}" if text else ""
        why = "`[tool.poetry.dependencies]` is written in a way that this tool does not know"
        return CannotEdit(Todo(f"{self.path}: {why}", self.path, None, snippet))


def _words(extras: str) -> list[str]:
    return re.findall(r"[^\[\],]+", extras)


def _version(source: bytes, entry: Entry) -> bytes | None:
    """The version as it is spelled, alone or beside nothing but extras."""
    value = source[entry.start : entry.end]
    if value[:1] in (b'"', b"'"):
        return value
    match = _WITH_EXTRAS.fullmatch(value)
    return match["version"] if match else None


def _value(version: bytes, extras: Iterable[str]) -> bytes:
    named = ", ".join(quoted(extra).decode() for extra in extras).encode()
    return b"{ version = " + version + b", extras = [" + named + b"] }" if named else version


def _line(text: str) -> bytes:
    dependency = Dependency.parse(text)
    version = quoted(dependency.bounds or "*").decode()
    if not dependency.extras and not dependency.marker:
        return f"{dependency.name} = {version}".encode()
    extras = ", ".join(quoted(extra).decode() for extra in dependency.extras)
    parts = [f"version = {version}", f"extras = [{extras}]" if extras else ""]
    parts += [f"markers = {quoted(dependency.marker).decode()}"] if dependency.marker else []
    return f"{dependency.name} = {{ {', '.join(filter(None, parts))} }}".encode()


def _spelled(source: bytes, entry: Entry) -> str:
    value = meaning(source[entry.start : entry.end])
    name = entry.key[-1]
    if not isinstance(value, Mapping):
        return f"{name}{_bounds(value)}"
    extras = f"[{','.join(value['extras'])}]" if value.get("extras") else ""
    marker = f"; {value['markers']}" if "markers" in value else ""
    return f"{name}{extras}{_bounds(value.get('version'))}{marker}"


def _bounds(version: object) -> str:
    """Poetry's `^1.2` and `~1.2` in the words of everybody else; "" for what has none."""
    clauses = str(version).split(",") if isinstance(version, str) else []
    return ",".join(bound for clause in clauses for bound in _plain(clause.strip()))


def _plain(clause: str) -> Iterator[str]:
    match = re.fullmatch(r"([\^~])\s*(\d+(?:\.\d+)*)", clause)
    if match:
        yield f">={match[2]}"
        yield f"<{_next(match[1], [int(part) for part in match[2].split('.')])}"
    elif re.match(r"[<>=!~]", clause):
        yield clause.replace(" ", "")
    elif clause and clause != "*":
        yield f"=={clause}"


def _next(sign: str, parts: list[int]) -> str:
    """The first version beyond: `^0.2.3` ends before 0.3, `^1.2` before 2, `~1.2` before 1.3."""
    if sign == "~":
        kept = min(len(parts), 2) - 1
    else:
        kept = next((n for n, part in enumerate(parts) if part), len(parts) - 1)
    return ".".join(map(str, [*parts[:kept], parts[kept] + 1]))
