"""What a command would change: the difference of two trees, plus what is left to the user."""

from __future__ import annotations

from typing import Literal, NamedTuple

from fastapi_registry.engine.tree import Tree, digest

Kind = Literal["create", "update", "delete"]
Action = Literal["add", "update", "remove", "keep", "adopt"]


class Change(NamedTuple):
    """One file. `before` is `None` for a new file, `after` is `None` for a deleted one."""

    path: str
    before: bytes | None
    after: bytes | None

    @property
    def kind(self) -> Kind:
        if self.before is None:
            return "create"
        return "delete" if self.after is None else "update"

    @property
    def before_sha256(self) -> str | None:
        return None if self.before is None else digest(self.before)

    @property
    def after_sha256(self) -> str | None:
        return None if self.after is None else digest(self.after)


class BlockAction(NamedTuple):
    """What happens to one block, for the summary and for `--json`."""

    name: str
    version: str
    action: Action


class Todo(NamedTuple):
    """What the tool would not do by itself: the lines to paste, and where."""

    why: str
    path: str | None = None
    line: int | None = None
    snippet: str = ""


class Conflict(NamedTuple):
    """A file whose two sides changed the same lines. `hunks` are diff3 texts."""

    path: str
    hunks: tuple[str, ...]


class Plan(NamedTuple):
    """Everything that a command does. `--dry-run`, `--json` and the write read this one value."""

    changes: tuple[Change, ...] = ()
    blocks: tuple[BlockAction, ...] = ()
    dependencies: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    todo: tuple[Todo, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    """What the user should know and need do nothing about."""

    @property
    def is_empty(self) -> bool:
        return not self.changes

    @property
    def needs_decision(self) -> bool:
        """Whether something is left to the user: exit 3."""
        return bool(self.todo or self.conflicts)


def difference(old: Tree, new: Tree) -> tuple[Change, ...]:
    """The changes that lead from `old` to `new`, sorted by path."""
    paths = sorted(old.may_differ(new))
    changes = (Change(path, old.get(path), new.get(path)) for path in paths)
    return tuple(change for change in changes if change.before != change.after)


def applied(plan: Plan, tree: Tree) -> Tree:
    """`tree` after `plan`: what the disk looks like once it is written."""
    written = {c.path: c.after for c in plan.changes if c.after is not None}
    gone = (c.path for c in plan.changes if c.after is None)
    return tree.merged(written).without(*gone)
