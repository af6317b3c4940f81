"""What a block says about itself: `block.toml`, checked word by word.

A manifest may come from a stranger, and parts of it are written into the user's files:
so whatever could be more than one line, or more than a name, is refused here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from fastapi_registry.engine.dependency import Dependency, InvalidDependency
from fastapi_registry.engine.errors import RegistryError, UnsafePath
from fastapi_registry.engine.tree import checked

SCHEMA: Final = 1
PROJECT: Final = "project"
"""The pseudo-block that `init` installs first: the files around the application."""
CORE: Final = "core"
"""The block that every other stands on."""

_BLOCK_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
_BOUNDS = re.compile(r"\s*(?:(?:[<>]=?|[!=]=|~=)\s*\d[\d.]*(?:\.\*)?\s*(?:,\s*|$))*")
_ENV_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_GENERATE = re.compile(r"(?:key|token):[1-9]\d{0,2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")

Table: TypeAlias = Mapping[str, object]


class InvalidManifest(RegistryError):
    """`key` of `where` is not what a manifest says there."""

    def __init__(self, where: str, key: str, complaint: str) -> None:
        super().__init__(f"{where}: `{key}` {complaint}")
        self.where = where
        self.key = key


class BlockRequirement(NamedTuple):
    """Another block, and the versions of it that will do: `core >=1.0`."""

    name: str
    bounds: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.bounds}".strip()


class EnvVar(NamedTuple):
    """A setting that the block reads from the environment."""

    name: str
    about: str
    example: str = ""
    active: bool = False
    """Whether `.env.example` sets it, and does not merely show it in a comment."""
    generate: str = ""
    """`key:32` or `token:48`: made when the block is installed, and written to `.env` alone."""
    instead: str = ""
    """The name that is used where the project has `name` already, with a meaning of its own."""
    whole_app: bool = False
    """Whether only an app that the blocks make up reads it, and none that they join."""


class Manifest(NamedTuple):
    name: str
    version: str
    title: str
    description: str = ""
    requires: tuple[BlockRequirement, ...] = ()
    python: tuple[Dependency, ...] = ()
    """The lowest versions that work."""
    rewrite: tuple[str, ...] = ()
    """The files, other than Python source, in which the root package is named."""
    paths: tuple[str, ...] = ()
    """What belongs to the block beside its own folder, relative to the root package's folder."""
    env: tuple[EnvVar, ...] = ()
    moves: Mapping[str, str] = MappingProxyType({})
    """What files of earlier versions are called now; both relative to the block's folder."""
    pins: Mapping[str, Dependency] = MappingProxyType({})
    """Of `project` alone: what a new project asks for instead of the minima, by canonical name."""

    @property
    def folder(self) -> str:
        """Where the block lives, relative to the root package's folder; "" for `project`."""
        if self.name == PROJECT:
            return ""
        return CORE if self.name == CORE else f"modules/{self.name}"

    @property
    def settings_class(self) -> str:
        return settings_class_of(self.name)


def settings_class_of(name: str) -> str:
    """What the class is called if a block has settings: `TwoFactorSettings`."""
    return "".join(word.capitalize() for word in name.split("_")) + "Settings"


def parse_manifest(content: bytes, where: str = "block.toml") -> Manifest:
    """Raises `InvalidManifest`, which names the key and `where` it stands."""
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegistryError(f"{where} is not valid TOML: {error}") from error
    return manifest_of(table, where)


def manifest_of(table: Table, where: str) -> Manifest:
    """The manifest that a parsed table (of TOML, or of the index) describes."""
    reader = _Reader(table, where)
    reader.only({"schema", *Manifest._fields})
    if reader.table.get("schema") != SCHEMA:
        raise InvalidManifest(where, "schema", f"must be {SCHEMA}; is this tool too old?")
    return Manifest(
        name=reader.matching("name", _BLOCK_NAME, "must be a lower-case Python name"),
        version=reader.matching("version", _VERSION, 'must be a version such as "1.0.0"'),
        title=reader.line("title"),
        description=reader.line("description", ""),
        requires=tuple(_requirement(text, where) for text in reader.lines("requires")),
        python=tuple(_dependency(text, where, "python") for text in reader.lines("python")),
        rewrite=tuple(_path(text, where, "rewrite") for text in reader.lines("rewrite")),
        paths=tuple(_path(text, where, "paths") for text in reader.lines("paths")),
        env=tuple(_env_var(_Reader(entry, where)) for entry in reader.tables("env")),
        moves=_moves(reader),
        pins=_pins(reader),
    )


def _requirement(text: str, where: str) -> BlockRequirement:
    name = re.split(r"[\s<>=!~]", text.strip(), maxsplit=1)[0]
    bounds = text.strip()[len(name) :].strip()
    if not _BLOCK_NAME.fullmatch(name) or not _BOUNDS.fullmatch(bounds):
        raise InvalidManifest(where, "requires", f'has `{text}`, which is not like "core >=1.0"')
    return BlockRequirement(name, bounds)


def _dependency(text: str, where: str, key: str) -> Dependency:
    try:
        return Dependency.parse(text)
    except InvalidDependency as error:
        raise InvalidManifest(where, key, f"has {error.message}") from error


def _path(text: str, where: str, key: str) -> str:
    try:
        return checked(text)
    except UnsafePath as error:
        raise InvalidManifest(where, key, f"has `{text}`, which leads outside") from error


def _env_var(entry: _Reader) -> EnvVar:
    entry.only(set(EnvVar._fields))
    spelling = "must be an upper-case name"
    return EnvVar(
        name=entry.matching("name", _ENV_NAME, spelling),
        about=entry.line("about"),
        example=entry.line("example", ""),
        active=entry.flag("active"),
        generate=entry.matching("generate", _GENERATE, 'must be like "key:32"', ""),
        instead=entry.matching("instead", _ENV_NAME, spelling, ""),
        whole_app=entry.flag("whole_app"),
    )


def _moves(reader: _Reader) -> dict[str, str]:
    """`"emails.py" = "mails/messages.py"`."""
    moves = reader.table.get("moves", {})
    if not isinstance(moves, dict) or not all(isinstance(new, str) for new in moves.values()):
        raise InvalidManifest(reader.where, "moves", "must be a table of texts")
    for path in (*moves, *moves.values()):
        _path(path, reader.where, "moves")
    return moves


def _pins(reader: _Reader) -> dict[str, Dependency]:
    """`"pwdlib[argon2]" = ">=0.3"`, by the canonical name of the distribution."""
    pins = reader.table.get("pins", {})
    if not isinstance(pins, dict):
        raise InvalidManifest(reader.where, "pins", "must be a table")
    parsed = (_dependency(f"{key} {bounds}", reader.where, "pins") for key, bounds in pins.items())
    return {dependency.canonical: dependency for dependency in parsed}


class _Reader(NamedTuple):
    """Takes values out of a parsed table, and refuses those of another shape."""

    table: Table
    where: str

    def only(self, known: set[str]) -> None:
        for key in sorted(self.table.keys() - known):
            raise InvalidManifest(self.where, key, "is not a key of a manifest")

    def line(self, key: str, default: str | None = None) -> str:
        value = self.table.get(key, default)
        if not isinstance(value, str) or _CONTROL.search(value):
            raise InvalidManifest(self.where, key, "must be text in one line")
        if not value.strip() and default is None:
            raise InvalidManifest(self.where, key, "must not be empty")
        return value

    def matching(
        self, key: str, shape: re.Pattern[str], rule: str, default: str | None = None
    ) -> str:
        value = self.line(key, default)
        if value == default:
            return value
        if not shape.fullmatch(value) or iskeyword(value):
            raise InvalidManifest(self.where, key, f"is `{value}`, but {rule}")
        return value

    def flag(self, key: str) -> bool:
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            raise InvalidManifest(self.where, key, "must be true or false")
        return value

    def lines(self, key: str) -> Iterator[str]:
        value = self.table.get(key, [])
        if not isinstance(value, list):
            raise InvalidManifest(self.where, key, "must be a list of texts")
        return (_Reader({key: item}, self.where).line(key) for item in value)

    def tables(self, key: str) -> Iterator[Table]:
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise InvalidManifest(self.where, key, f"must be written as [[{key}]]")
        return iter(value)
