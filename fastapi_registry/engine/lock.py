"""`blocks.lock`: what is installed, from where, and every trace that it left.

Written by hand, not by a TOML library: the text is the same for the same facts, in an
order that merges well in git, and costs a fraction of the time. (So do named tuples,
where a dataclass would do: making one takes a millisecond.) Names of settings stand
here, never their values: the lock is committed.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from fastapi_registry.engine.errors import RegistryError, UnsafePath
from fastapi_registry.engine.tree import Tree, checked

LOCK_PATH: Final = "blocks.lock"
SCHEMA: Final = 1

State = Literal["tracked", "deleted", "ejected", "conflicted"]
Author = Literal["tool", "user"]
Table: TypeAlias = dict[str, object]

_SPECIAL = re.compile(r'["\\\x00-\x1f\x7f]')
_VERSION = re.compile(r"\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?")
_HEADER = """\
# Written by fastapi-blocks: what is installed here, and from what. Commit it; do not edit it.
"""


class DamagedLock(RegistryError):
    def __init__(self, complaint: str) -> None:
        super().__init__(
            f"`{LOCK_PATH}` cannot be read: {complaint}",
            hint=f"restore it from version control: `git checkout -- {LOCK_PATH}`",
        )


class LockedFile(NamedTuple):
    """A file of a block. `base` is the SHA-256 of what was installed, `base_version` of which."""

    src: str
    path: str
    base: str
    base_version: str
    state: State = "tracked"
    """`ejected`: written once, and the user's from then on. It is never merged or removed."""
    mode: str = "644"


class Seam(NamedTuple):
    """A fact in a file of the user's. What the user wrote first stays when we go."""

    kind: str
    path: str
    fact: str
    created_by: Author = "tool"


class Dep(NamedTuple):
    """A distribution that the block needs, in the file that asks for it."""

    file: str
    group: str
    req: str
    added: str = ""
    """What we wrote: the whole requirement, `[extras]` alone, or nothing if it was there."""


class EnvKey(NamedTuple):
    file: str
    key: str
    added: bool = True


class Migration(NamedTuple):
    """A revision in the project's history; `down` is "" where it is the first."""

    path: str
    revision: str
    down: str = ""


class LockedBlock(NamedTuple):
    name: str
    version: str
    source: str
    digest: str
    direct: bool = False
    """Whether it was asked for by name, and not only because another needs it."""
    requires: tuple[str, ...] = ()
    params: Mapping[str, str] = MappingProxyType({})
    """What was chosen when it was installed: at least `package` and `table_prefix`."""
    files: tuple[LockedFile, ...] = ()
    seams: tuple[Seam, ...] = ()
    deps: tuple[Dep, ...] = ()
    env: tuple[EnvKey, ...] = ()
    migrations: tuple[Migration, ...] = ()


@dataclass(frozen=True)
class Lock:
    """What is installed, by name."""

    blocks: tuple[LockedBlock, ...] = ()

    def __contains__(self, name: object) -> bool:
        return any(block.name == name for block in self.blocks)

    def get(self, name: str) -> LockedBlock | None:
        return next((block for block in self.blocks if block.name == name), None)

    @property
    def versions(self) -> dict[str, str]:
        return {block.name: block.version for block in self.blocks}

    @property
    def bases(self) -> frozenset[str]:
        """The digests of all texts that an update may need."""
        return frozenset(file.base for block in self.blocks for file in block.files)

    @property
    def paths(self) -> frozenset[str]:
        """Where the files of blocks are."""
        return frozenset(file.path for block in self.blocks for file in block.files)

    def gained(self, old: Lock, facts: Callable[[LockedBlock], Iterable[str]]) -> tuple[str, ...]:
        """What some block here has and none of `old` had, sorted."""
        before = {fact for block in old.blocks for fact in facts(block)}
        after = {fact for block in self.blocks for fact in facts(block)}
        return tuple(sorted(after - before - {""}))

    def with_block(self, block: LockedBlock) -> Lock:
        """With `block` added, or in place of the one of its name."""
        others = (other for other in self.blocks if other.name != block.name)
        return replace(self, blocks=tuple(sorted((*others, block), key=lambda b: b.name)))

    def without(self, name: str) -> Lock:
        return replace(self, blocks=tuple(b for b in self.blocks if b.name != name))


def lock_of(project: Tree) -> Lock:
    """The lock of a project; an empty one where nothing is installed yet."""
    content = project.get(LOCK_PATH)
    return Lock() if content is None else read(content)


def write(lock: Lock) -> bytes:
    """The same bytes for the same facts, whatever their order was."""
    blocks = sorted(lock.blocks, key=lambda block: block.name)
    parts = [_HEADER, f"schema = {SCHEMA}\n", *(_block_text(block) for block in blocks)]
    return "".join(parts).encode()


@lru_cache(maxsize=4)
def read(content: bytes) -> Lock:
    """Remembered, since one command asks for the same lock several times.

    Raises `DamagedLock`, also for a path in it that leads out of the project."""
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DamagedLock(str(error)) from error
    if table.get("schema") != SCHEMA:
        raise DamagedLock(f"its schema is {table.get('schema')!r}, this tool knows {SCHEMA}")
    try:
        return _without_doubles(Lock(tuple(_block(entry) for entry in table.get("block", []))))
    except (KeyError, TypeError, AttributeError, UnsafePath) as error:
        raise DamagedLock(f"{type(error).__name__}: {error}") from error


def _without_doubles(lock: Lock) -> Lock:
    """A bad merge of the lock may leave a file with two records, or a block twice."""
    paths = [file.path for block in lock.blocks for file in block.files]
    for double in (*_doubles(block.name for block in lock.blocks), *_doubles(paths)):
        raise TypeError(f"`{double}` is there twice")
    return lock


def _doubles(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _block_text(block: LockedBlock) -> str:
    head: Table = {
        "name": block.name,
        "version": block.version,
        "source": block.source,
        "digest": block.digest,
        "direct": block.direct,
        "requires": sorted(block.requires),
        "params": dict(sorted(block.params.items())),
    }
    tables = [("block", head)]
    tables += [("block.file", file._asdict()) for file in sorted(block.files)]
    tables += [("block.seam", seam._asdict()) for seam in sorted(block.seams)]
    tables += [("block.dep", dep._asdict()) for dep in sorted(block.deps)]
    tables += [("block.env", key._asdict()) for key in sorted(block.env)]
    tables += [("block.migration", step._asdict()) for step in sorted(block.migrations)]
    return "".join(_table_text(name, table) for name, table in tables)


def _table_text(name: str, table: Mapping[str, object]) -> str:
    lines = (f"{key} = {_value_text(value)}\n" for key, value in table.items())
    return f"\n[[{name}]]\n{''.join(lines)}"


def _value_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        pairs = (f"{key} = {_value_text(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_value_text(item) for item in value)}]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """A basic TOML string: the quote, the backslash and control characters are escaped."""
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return f"\\{character}" if character in '"\\' else f"\\u{ord(character):04x}"


def _block(entry: Table) -> LockedBlock:
    return LockedBlock(
        name=_text(entry, "name"),
        version=_version(entry),
        source=_text(entry, "source"),
        digest=_text(entry, "digest"),
        direct=bool(entry["direct"]),
        requires=tuple(cast("list[str]", entry["requires"])),
        params=cast("dict[str, str]", entry["params"]),
        files=tuple(_file(table) for table in _tables(entry, "file")),
        seams=tuple(_seam(table) for table in _tables(entry, "seam")),
        deps=tuple(Dep(**_texts(table, Dep)) for table in _tables(entry, "dep")),
        env=tuple(_env_key(table) for table in _tables(entry, "env")),
        migrations=tuple(_migration(table) for table in _tables(entry, "migration")),
    )


def _file(table: Table) -> LockedFile:
    texts = _texts(table, LockedFile)
    state = texts.pop("state")
    if state not in ("tracked", "deleted", "ejected", "conflicted"):
        raise TypeError(f"`{state}` is not the state of a file")
    checked(texts["path"])
    return LockedFile(**texts, state=cast("State", state))


def _seam(table: Table) -> Seam:
    texts = _texts(table, Seam)
    author: Author = "user" if texts.pop("created_by") == "user" else "tool"
    checked(texts["path"])
    return Seam(**texts, created_by=author)


def _env_key(table: Table) -> EnvKey:
    return EnvKey(checked(_text(table, "file")), _text(table, "key"), bool(table["added"]))


def _migration(table: Table) -> Migration:
    return Migration(checked(_text(table, "path")), _text(table, "revision"), _text(table, "down"))


def _texts(table: Table, kind: type[LockedFile | Seam | Dep]) -> dict[str, str]:
    return {key: _text(table, key) for key in kind._fields}


def _text(table: Table, key: str) -> str:
    value = table[key]
    if not isinstance(value, str):
        raise TypeError(f"`{key}` is not a text")
    return value


def _version(entry: Table) -> str:
    version = _text(entry, "version")
    if not _VERSION.fullmatch(version):
        raise TypeError(f"`{version}` is not a version")
    return version


def _tables(entry: Table, key: str) -> Iterable[Table]:
    return cast("Iterator[Table]", entry.get(key, ()))
