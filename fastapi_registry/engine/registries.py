"""The registries that a project has names for: `[tool.fastapi-blocks.registries]`.

    [tool.fastapi-blocks.registries]
    acme = "https://blocks.acme.example"

They stand in the project's `pyproject.toml`, so that everybody who works on it means the same by
`@acme`. Tokens do not: each comes from the environment of whoever calls.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final, NamedTuple

from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.lines import (
    delete_lines,
    insert_line,
    line_end,
    line_ending,
    splice,
)
from fastapi_registry.engine.edits.toml_source import (
    UnreadableToml,
    end_of_table,
    entries,
    find,
    meaning,
    quoted,
)
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.plan import Todo
from fastapi_registry.engine.toml_table import table
from fastapi_registry.engine.tree import Tree

PATH: Final = "pyproject.toml"
TABLE: Final = ("tool", "fastapi-blocks", "registries")

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_BARE_KEY = re.compile(r"[a-z0-9_-]+")


class NotARegistryName(UsageError):
    def __init__(self, name: str) -> None:
        super().__init__(f"`{name}` cannot name a registry", hint="write it like `@acme`")


def registry_name(text: str) -> str:
    """`acme` of `@acme`. Raises `NotARegistryName`."""
    name = text.removeprefix("@")
    if not _NAME.fullmatch(name):
        raise NotARegistryName(text)
    return name


def registries_of(project: Tree) -> dict[str, str]:
    """Addresses by name, as they are written there."""
    named = table(project, PATH, *TABLE)
    return {name: url for name, url in sorted(named.items()) if isinstance(url, str)}


def token_variable(name: str) -> str:
    """Where the token for `@name` is looked for: `FASTAPI_BLOCKS_TOKEN_ACME`."""
    return "FASTAPI_BLOCKS_TOKEN_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


class RegistryEntry(NamedTuple):
    """That a name stands for an address."""

    name: str
    url: str

    def ensure(self, source: bytes) -> bytes:
        try:
            return self._checked(source, self._written(source), self.url)
        except UnreadableToml as error:
            raise self._refusal() from error

    def remove(self, source: bytes) -> bytes:
        try:
            return self._checked(source, self._erased(source), None)
        except UnreadableToml as error:
            raise self._refusal() from error

    def _written(self, source: bytes) -> bytes:
        """Raises `UnreadableToml`."""
        entry = find(source, *TABLE, self.name)
        if entry is not None:
            return splice(source, entry.start, entry.end, quoted(self.url))
        place = end_of_table(source, *TABLE)
        if place is None:
            blank = line_ending(source) if source.strip() else b""
            return source + blank + self._table(line_ending(source))
        return insert_line(source, line_end(source, place), self._line)

    def _erased(self, source: bytes) -> bytes:
        """The table goes with its last entry. Raises `UnreadableToml`."""
        entry = find(source, *TABLE, self.name)
        if entry is None:
            return source
        end, ending = line_end(source, entry.end), line_ending(source)
        others = any(each.key[:-1] == TABLE and each != entry for each in entries(source))
        url = str(meaning(source[entry.start : entry.end]))
        table = self._replace(url=url)._table(ending)
        if others or not source[:end].endswith(table):
            return delete_lines(source, entry.line, entry.end)
        head, tail = source[: end - len(table)], source[end:]
        is_apart = not tail or head.endswith(ending * 2)
        return (head.removesuffix(ending) if is_apart else head) + tail

    @property
    def _line(self) -> bytes:
        key = self.name.encode() if _BARE_KEY.fullmatch(self.name) else quoted(self.name)
        return key + b" = " + quoted(self.url)

    def _table(self, ending: bytes) -> bytes:
        return ending.join([b"[" + ".".join(TABLE).encode() + b"]", self._line, b""])

    def _checked(self, source: bytes, edited: bytes, expected: str | None) -> bytes:
        """`edited`, if that and nothing else was changed. Raises `UnreadableToml`."""
        registries, others = _told(source)
        registries.pop(self.name, None)
        if expected is not None:
            registries[self.name] = expected
        if _told(edited) != (registries, others):
            raise UnreadableToml("the edit would change something else")
        return edited

    def _refusal(self) -> CannotEdit:
        snippet = f"[{'.'.join(TABLE)}]\n{self._line.decode()}"
        return CannotEdit(Todo(f"{PATH} is written in an unusual way", PATH, None, snippet))


def _told(source: bytes) -> tuple[dict[str, object], dict[str, object]]:
    """The registries, and everything else."""
    try:
        document = tomllib.loads(source.decode("utf-8-sig"))
        registries = document.setdefault("tool", {}).setdefault(TABLE[1], {}).pop(TABLE[2], {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise UnreadableToml(str(error)) from error
    return dict(registries), document
