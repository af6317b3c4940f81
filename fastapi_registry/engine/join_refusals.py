"""Why blocks cannot join a project, or what its owner must decide first. Before any write."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.dependencies import DependencyConflict
from fastapi_registry.engine.dependency import exclude_each_other
from fastapi_registry.engine.detect import Facts, root_package_of
from fastapi_registry.engine.detect.dependencies import Pin
from fastapi_registry.engine.detect.entrypoint import Entrypoint
from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.migrations import History
from fastapi_registry.engine.detect.obstacles import Obstacle
from fastapi_registry.engine.detect.orm import Table
from fastapi_registry.engine.edits.seam import INSTALL_BLOCKS
from fastapi_registry.engine.errors import DecisionNeeded, RegistryError
from fastapi_registry.engine.wishes import Wishes

_TABLE = re.compile(rb"\btable\(\"(\w+)\"\)")


class CannotServe(RegistryError):
    """The project is of a kind that no block works with."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(f"{obstacle.why}{_seen(obstacle.evidence)}", hint=obstacle.hint)


class NoApplication(DecisionNeeded):
    def __init__(self) -> None:
        super().__init__(
            "no FastAPI application was found in this project",
            hint="name it: `--app MODULE:ATTR`, as you would for uvicorn",
        )


class SeveralApplications(DecisionNeeded):
    """The evidence names more than one app, and none of it is stronger."""

    def __init__(self, candidates: Collection[Entrypoint], wishes: Wishes) -> None:
        self.candidates = tuple(candidates)
        listed = "".join(_choice(each, wishes) for each in candidates)
        super().__init__(
            f"this project has several applications, one of which is to have its lines:{listed}",
            hint=f"choose one: `--app {self.candidates[0].choice}`",
        )


class SeveralHistories(DecisionNeeded):
    def __init__(self, histories: Sequence[History]) -> None:
        listed = "".join(f"\n  {each.folder}{_seen(each.evidence)}" for each in histories)
        super().__init__(
            f"this project has several Alembic histories:{listed}",
            hint=f"choose one: `--alembic {histories[0].folder}`",
        )


class SeveralDatabases(DecisionNeeded):
    """Its revisions are functions of which database is upgraded. Ours upgrade one."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(
            f"your Alembic has several databases in one history{_seen(evidence)}",
            hint="the blocks' revisions upgrade one: see to the tables yourself, `--no-migrations`",
        )


class UnknownVersions(DecisionNeeded):
    """Revisions that nobody sees may be the last ones."""

    def __init__(self, history: History) -> None:
        listed = ", ".join(f"`{location}`" for location in history.unknown)
        super().__init__(
            f"it cannot be told where the revisions in {listed} are{_seen(history.evidence)}",
            hint="name their folder as seen from there, or see to the tables: `--no-migrations`",
        )


class NoSuchHistory(DecisionNeeded):
    def __init__(self, wanted: str, histories: Sequence[History]) -> None:
        known = ", ".join(f"`{each.folder}`" for each in histories) or "none at all"
        super().__init__(
            f"`{wanted}` is no Alembic environment of this project",
            hint=f"name its folder, or the file that configures it; there are: {known}",
        )


class TablesTaken(DecisionNeeded):
    """A block would create a table that the project has already."""

    def __init__(self, taken: Sequence[Table]) -> None:
        self.taken = tuple(taken)
        listed = ", ".join(f"`{table.name}`{_seen(table.evidence)}" for table in taken)
        super().__init__(
            f"this project already has a table of that name: {listed}",
            hint="let the blocks' tables begin with a word of their own: `--table-prefix blocks_`",
        )


class LockedOut(RegistryError):
    """A lock file holds a version that a block cannot work with."""

    def __init__(self, block: str, needed: str, pin: Pin) -> None:
        there = f"`{pin.name}{pin.bounds}` is locked{_seen(pin.evidence)}"
        super().__init__(
            f"`{block}` needs `{needed}`, but {there}",
            hint=f"upgrade `{pin.name}` in your lock file first, then run this command again",
        )


def refuse(facts: Facts, blocks: Sequence[Block], wishes: Wishes) -> None:
    """Raises `CannotServe`, `LockedOut` or a `DecisionNeeded` where nothing may be written.

    A group of packages that excludes ours is the user's to change: a `DependencyConflict`.
    """
    for obstacle in facts.obstacles:
        raise CannotServe(obstacle)
    if len(facts.candidates) > 1:
        raise SeveralApplications(facts.candidates, wishes)
    if facts.entrypoint is None:
        raise NoApplication
    if wishes.migrations and facts.history is None:
        if wishes.alembic:
            raise NoSuchHistory(wishes.alembic, facts.histories)
        if facts.histories:
            raise SeveralHistories(facts.histories)
    if wishes.migrations and facts.history:
        _refuse_history(facts.history)
    _refuse_tables(facts, blocks, wishes.table_prefix or "")
    _refuse_locked(facts, blocks)


def _refuse_history(history: History) -> None:
    if history.several_databases:
        raise SeveralDatabases(history.several_databases)
    if history.unknown:
        raise UnknownVersions(history)


def _refuse_tables(facts: Facts, blocks: Sequence[Block], prefix: str) -> None:
    ours = {f"{prefix}{name}" for block in blocks for name in _tables_of(block)}
    taken = [table for table in facts.tables if table.name.lower() in ours]
    if taken:
        raise TablesTaken(taken)


def _tables_of(block: Block) -> Iterator[str]:
    """The tables that a block creates, by the names that its revisions give them."""
    for src in block.revisions:
        yield from (name.decode() for name in _TABLE.findall(block.files.read(src)))


def _refuse_locked(facts: Facts, blocks: Sequence[Block]) -> None:
    for block in blocks:
        for need in block.manifest.python:
            for pin in facts.pins:
                is_it = pin.is_locked and pin.name == need.canonical
                if is_it and exclude_each_other(pin.bounds, need.bounds):
                    path = pin.evidence.path
                    if path.endswith("pyproject.toml"):
                        raise DependencyConflict(block.name, need, f"{pin.name}{pin.bounds}", path)
                    raise LockedOut(block.name, str(need), pin)


def _choice(candidate: Entrypoint, wishes: Wishes) -> str:
    """Where it is, and the lines that `add` would write there."""
    app = candidate.application.name or candidate.attribute
    package = root_package_of(candidate, wishes.root)
    return (
        f"\n  {candidate.choice}{_seen(candidate.evidence)}"
        f"\n    from {package}.installed import {INSTALL_BLOCKS}"
        f"\n    {INSTALL_BLOCKS}({app})"
    )


def _seen(evidence: Evidence | None) -> str:
    return f" ({evidence.path}:{evidence.line})" if evidence and evidence.path else ""
