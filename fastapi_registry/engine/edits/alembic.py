"""The project's own migration history, and how a block's revisions join it.

Nothing is run and no database is needed: `revision` and `down_revision` are read as text.
https://alembic.sqlalchemy.org/en/latest/tutorial.html#create-a-migration-script
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from fastapi_registry.engine.edits.lines import splice
from fastapi_registry.engine.edits.python_source import assignments, field, parse, text
from fastapi_registry.engine.errors import DecisionNeeded, RegistryError
from fastapi_registry.engine.tree import Tree

if TYPE_CHECKING:
    from tree_sitter import Node

AND_BELOW = "/**"
"""Behind a folder: with all that are below, as `recursive_version_locations` has it."""


class SeveralHeads(DecisionNeeded):
    def __init__(self, heads: Iterable[str], versions: str) -> None:
        named = ", ".join(f"`{head}`" for head in sorted(heads))
        super().__init__(
            f"the migrations in `{versions}` have several heads: {named}",
            hint="join them with `alembic merge heads`, then run this command again",
        )


class UnclearHistory(DecisionNeeded):
    """There seem to be several heads, but who continues what is not all written down."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"what `{path}` continues is computed there, so the last migration cannot be told",
            hint="write its `down_revision` as a string, then run this command again",
        )


class NotARevision(RegistryError):
    def __init__(self, path: str) -> None:
        super().__init__(f"`{path}` does not assign `revision` and `down_revision`")


class Revision(NamedTuple):
    path: str
    revision: str
    downs: tuple[str, ...]
    """What it continues: nothing for a first one, two or more for a merge."""
    is_clear: bool = True
    """Whether `downs` are all: they may be computed, which takes running the file."""


def history(project: Tree, *locations: str) -> tuple[Revision, ...]:
    """The revisions in these folders, and where `/**` follows in all below.

    Other Python files there are passed over.
    """
    files = {path: None for each in locations for path in _revision_files(project, each)}
    found = (read_revision(path, project.read(path)) for path in files)
    return tuple(revision for revision in found if revision is not None)


def head(revisions: Iterable[Revision], versions: str) -> str | None:
    """The last revision, `None` in an empty history. Raises `SeveralHeads`, `UnclearHistory`."""
    revisions = tuple(revisions)
    continued = {down for revision in revisions for down in revision.downs}
    heads = [each.revision for each in revisions if each.revision not in continued]
    if len(heads) > 1:
        for unclear in (each for each in revisions if not each.is_clear):
            raise UnclearHistory(unclear.path)
        raise SeveralHeads(heads, versions)
    return heads[0] if heads else None


def read_revision(path: str, source: bytes) -> Revision | None:
    assigned = dict(assignments(parse(source)))
    if "revision" not in assigned or "down_revision" not in assigned:
        return None
    names = [name for name in _named("revision", assigned) if name]
    downs = [*_named("down_revision", assigned)]
    known = tuple(down for down in downs if down)
    return Revision(path, names[0], known, None not in downs) if names else None


def joined(source: bytes, down: str | None, path: str = "a migration") -> bytes:
    """`source` with `down_revision` set to `down`. Raises `NotARevision`."""
    for name, assignment in assignments(parse(source)):
        if name == "down_revision":
            value = field(assignment, "right")
            new = b"None" if down is None else f'"{down}"'.encode()
            return splice(source, value.start_byte, value.end_byte, new)
    raise NotARevision(path)


def installed_name(block: str, src: str) -> str:
    """The file's name in the project's history: `auth_0001_users.py`."""
    return f"{block}_{PurePosixPath(src).name}"


def _revision_files(project: Tree, location: str) -> Iterator[str]:
    folder = location.removesuffix(AND_BELOW)
    for path in project.below(folder):
        parent = str(PurePosixPath(path).parent)
        is_inside = parent == folder or (folder != location and "__pycache__" not in path)
        if path.endswith(".py") and is_inside:
            yield path


def _named(name: str, assigned: Mapping[str, Node]) -> Iterator[str | None]:
    """The strings that a name of the file stands for; `None` for what is computed."""
    others = {other: node for other, node in assigned.items() if other != name}
    value = assigned[name].child_by_field_name("right")
    waiting = [value] if value else []
    while waiting:
        node = waiting.pop(0)
        if node.type in ("none", "comment"):
            continue
        if node.type in ("tuple", "list", "parenthesized_expression", "expression_list"):
            waiting += node.named_children
        elif node.type == "identifier" and text(node) in others:
            yield from _named(text(node), others)
        else:
            yield _plain(node)


def _plain(node: Node) -> str | None:
    inside = [
        each for each in node.named_children if each.type not in ("string_start", "string_end")
    ]
    is_plain = node.type == "string" and [each.type for each in inside] == ["string_content"]
    return text(inside[0]) if is_plain else None
