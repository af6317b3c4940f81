"""The revisions that a block brought, in a history that may have gone on since.

A revision goes where nothing descends from it and no database that answers has run it.
Otherwise it stays: Alembic could not find its way through a history with a gap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from fastapi_registry.engine.base import DamagedBase, base_of
from fastapi_registry.engine.edits.alembic import Revision, history, installed_name, joined
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LockedBlock
from fastapi_registry.engine.remove.sameness import says_the_same
from fastapi_registry.engine.tree import Tree

Reason = Literal["was run", "is continued", "was edited"]


@dataclass(frozen=True)
class Kept:
    """A revision that stays as history, and why."""

    block: str
    revision: Revision
    reason: Reason

    def __str__(self) -> str:
        return f"{self.revision.revision} {self.reason}"


@dataclass(frozen=True)
class Past:
    """What becomes of the revisions of the blocks that go."""

    gone: tuple[Revision, ...]
    kept: tuple[Kept, ...]


def past_of(
    project: Tree,
    layout: Layout,
    blocks: Iterable[LockedBlock],
    database_at: Collection[str] | None,
) -> Past:
    """`database_at` are the revisions that the database is at; `None` if none answered."""
    known = {each.revision: each for each in history(project, *layout.locations)}
    ours = {step.revision: block for block in blocks for step in block.migrations}
    ran = have_run(known, database_at)
    remaining, gone = dict(known), list[Revision]()
    while ends := [
        each
        for name, each in remaining.items()
        if name in ours
        and _reason(project, layout, ours[name], each, ran, remaining.values()) is None
    ]:
        gone += ends
        for each in ends:
            del remaining[each.revision]
    kept = (
        Kept(ours[name].name, stays, reason)
        for name, stays in remaining.items()
        if name in ours
        and (reason := _reason(project, layout, ours[name], stays, ran, remaining.values()))
    )
    return Past(tuple(gone), tuple(kept))


def have_run(known: Mapping[str, Revision], heads: Collection[str] | None) -> frozenset[str]:
    """All that a database at `heads` has run; everything, if it is at one that is not known."""
    waiting, ran = list(heads or ()), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in known:
            return frozenset(known)
        if name not in ran:
            ran.add(name)
            waiting += known[name].downs
    return frozenset(ran)


def migration_command(project: Tree, layout: Layout) -> str:
    """What `upgrade` or `downgrade` is typed behind in this project."""
    if _has_their_env(layout):
        return layout.alembic
    has_shim = not layout.joins and "manage.py" in project
    return f"python {'manage.py' if has_shim else f'-m {layout.root_package}'} db"


def how_to_drop(project: Tree, layout: Layout, block: str, kept: Collection[Kept]) -> str:
    """The way to the tables' end, for the user to go or not."""
    command = migration_command(project, layout)
    theirs = [each for each in kept if each.block == block]
    names = {each.revision.revision for each in kept}
    others = [
        each
        for each in history(project, *layout.locations)
        if each.revision not in names and names.intersection(each.downs)
    ]
    if others:
        revision = "revision --autogenerate" if _has_their_env(layout) else "migrate --drop-left"
        return f'to drop its tables: `{command} {revision} -m "drop {block}"`, then upgrade'
    inner = {each.revision.revision for each in theirs}
    first = next(each.revision for each in theirs if not inner.intersection(each.revision.downs))
    target = next(iter(first.downs), "base")
    files = ", ".join(each.revision.path for each in theirs)
    return f"to drop its tables: `{command} downgrade {target}`, then delete {files}"


def how_to_keep(layout: Layout) -> str:
    """What an `env.py` of the user's needs to leave the tables alone, as ours does."""
    if not _has_their_env(layout):
        return ""
    line = "include_name=leaving_alone(context.config, BLOCKS)"
    source = f"from {layout.root_package}.core.left_tables import leaving_alone"
    return (
        f"your next `{layout.alembic} revision --autogenerate` would drop what is left, "
        f"unless your `env.py` configures `{line}` (`{source}`)"
    )


def _has_their_env(layout: Layout) -> bool:
    return layout.joins and not layout.keeps_own_history


def _reason(
    project: Tree,
    layout: Layout,
    block: LockedBlock,
    revision: Revision,
    ran: Collection[str],
    remaining: Iterable[Revision],
) -> Reason | None:
    if revision.revision in ran:
        return "was run"
    if any(revision.revision in other.downs for other in remaining):
        return "is continued"
    return None if _is_ours(project, layout, block, revision) else "was edited"


def _is_ours(project: Tree, layout: Layout, block: LockedBlock, revision: Revision) -> bool:
    """Whether it does what the block's own copy of it does, wherever it joined the history."""
    for step in block.migrations:
        for file in block.files:
            name = f"{layout.versions}/{installed_name(block.name, file.src)}"
            if (step.revision, step.path) == (revision.revision, name):
                return _does_the_same(project, revision, file.base)
    return False


def _does_the_same(project: Tree, revision: Revision, base: str) -> bool:
    try:
        source = base_of(project, base)
    except DamagedBase:
        return False
    unjoined = joined(project.read(revision.path), None)
    return says_the_same(revision.path, joined(source, None), unjoined)
