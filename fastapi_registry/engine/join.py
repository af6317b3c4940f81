"""Blocks into a project that somebody else laid out: look, refuse or plan, and join the two.

What is found out about the project becomes a `Layout`; the installation is the one of every
project. Joining adds two facts, once: the app calls `install_blocks(app)` where it is
finished, and Alembic's `env.py` knows the tables of the blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.dependency import exclude_each_other
from fastapi_registry.engine.detect import Facts, detect, layout_of
from fastapi_registry.engine.detect.dependencies import Pin
from fastapi_registry.engine.detect.entrypoint import Entrypoint
from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.detect.obstacles import Obstacle
from fastapi_registry.engine.detect.orm import Table
from fastapi_registry.engine.detect.routes import routes_of
from fastapi_registry.engine.edits.fact import CannotEdit, Fact
from fastapi_registry.engine.edits.seam import INSTALL_BLOCKS, InstallBlocks
from fastapi_registry.engine.edits.seam_env import WITH_BLOCKS, TargetMetadata
from fastapi_registry.engine.errors import DecisionNeeded, RegistryError
from fastapi_registry.engine.install import FreshSecret, plan_install
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LOCK_PATH, Seam, lock_of, write
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.plan import Plan, Todo, applied, difference
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.wishes import Wishes

APP_SEAM = "app"
ENV_SEAM = "alembic"

_PREFIX = "/api/v1"
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

    def __init__(self, candidates: Collection[Entrypoint]) -> None:
        self.candidates = tuple(candidates)
        listed = "".join(f"\n  {each.choice}{_seen(each.evidence)}" for each in candidates)
        lines = f"\n  from ….installed import {INSTALL_BLOCKS}\n  {INSTALL_BLOCKS}(app)"
        super().__init__(
            f"this project has several applications:{listed}\none of them is to have:{lines}",
            hint=f"choose one: `--app {self.candidates[0].choice}`",
        )


class SeveralHistories(DecisionNeeded):
    def __init__(self, versions: Sequence[str]) -> None:
        super().__init__(
            f"this project has several Alembic histories: {', '.join(versions)}",
            hint="add the block with `--no-migrations` and copy its revisions to the right one",
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


def plan_join(
    project: Tree,
    blocks: Sequence[Block],
    *,
    direct: Collection[str],
    fresh_secret: FreshSecret,
    wishes: Wishes | None = None,
) -> Plan:
    """What bringing the first blocks into this project changes.

    Raises `CannotServe`, `LockedOut` and several kinds of `DecisionNeeded`, all before
    anything is written.
    """
    wishes = (wishes or Wishes()).checked()
    facts = detect(project, wishes.app)
    _refuse(facts, blocks, wishes)
    layout = layout_of(facts, root=wishes.root, table_prefix=wishes.table_prefix)
    plan = plan_install(
        project,
        blocks,
        layout,
        direct=direct,
        fresh_secret=fresh_secret,
        migrations=wishes.migrations,
    )
    plan = _with_one_word_on_packages(plan, facts, blocks)
    return _joined(project, plan, blocks, facts, layout)


def fact_of(seam: Seam, layout: Layout) -> Fact:
    """The fact that a seam of the lock stands for, to check it or to take it out again."""
    hub = _hub_module(layout)
    if seam.kind == ENV_SEAM:
        return TargetMetadata(seam.path, hub)
    function, _, call = seam.fact.rpartition(": ")
    app = call.removeprefix(f"{INSTALL_BLOCKS}(").removesuffix(")")
    return InstallBlocks(seam.path, hub, app, function or None)


def _refuse(facts: Facts, blocks: Sequence[Block], wishes: Wishes) -> None:
    for obstacle in facts.obstacles:
        raise CannotServe(obstacle)
    if len(facts.candidates) > 1:
        raise SeveralApplications(facts.candidates)
    if facts.entrypoint is None:
        raise NoApplication
    if wishes.migrations and facts.histories and facts.history is None:
        raise SeveralHistories([history.versions for history in facts.histories])
    _refuse_tables(facts, blocks, wishes.table_prefix)
    _refuse_locked(facts, blocks)


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
    locked = {pin.name: pin for pin in facts.pins if pin.is_locked}
    for block in blocks:
        for need in block.manifest.python:
            pin = locked.get(need.canonical)
            if pin is not None and exclude_each_other(pin.bounds, need.bounds):
                raise LockedOut(block.name, str(need), pin)


def _with_one_word_on_packages(plan: Plan, facts: Facts, blocks: Sequence[Block]) -> Plan:
    """A `Pipfile` or `setup.py` is not edited: what it lacks is told once, not line by line."""
    file = facts.dependencies
    if file is None or file.kind != "unsupported":
        return plan
    needed = sorted({str(need) for block in blocks for need in block.manifest.python})
    why = f"add these packages to `{file.path}`, which this tool does not edit"
    others = [todo for todo in plan.todo if todo.path != file.path]
    return replace(plan, todo=(*others, Todo(why, file.path, None, "\n".join(needed))))


def _joined(
    project: Tree, plan: Plan, blocks: Sequence[Block], facts: Facts, layout: Layout
) -> Plan:
    """The plan of an installation, and the two facts that join it to the app."""
    joint = _Joint(applied(plan, project), facts, layout)
    joint.call_install_blocks()
    joint.show_tables_to_alembic()
    joint.ask_for_a_database()
    joint.point_to_hidden_routes(blocks)
    joint.remember()
    todo = (*plan.todo, *joint.todo)
    return replace(plan, changes=difference(project, joint.project), todo=todo)


class _Joint:
    """A project on its way from installed to joined."""

    def __init__(self, project: Tree, facts: Facts, layout: Layout) -> None:
        self.project = project
        self.facts = facts
        self.layout = layout
        self.todo: list[Todo] = []
        self.seams: list[Seam] = []

    def call_install_blocks(self) -> None:
        finish, hub = self.facts.finish, _hub_module(self.layout)
        if finish is None:
            self.todo.append(_returned_unnamed(self.facts, hub))
            return
        fact = InstallBlocks(finish.path, hub, finish.name, finish.function, finish.hidden_by)
        call = f"{INSTALL_BLOCKS}({finish.name})"
        where = f"{finish.function}: {call}" if finish.function else call
        self._make_true(fact.ensure, Seam(APP_SEAM, finish.path, where))

    def show_tables_to_alembic(self) -> None:
        history = self.facts.history
        if history is not None and history.env in self.project:
            fact = TargetMetadata(history.env, _hub_module(self.layout))
            self._make_true(fact.ensure, Seam(ENV_SEAM, history.env, WITH_BLOCKS))

    def ask_for_a_database(self) -> None:
        """Never a second database beside theirs: without a known one, the user names it."""
        if not self.layout.database_url:
            why = "no database of yours was found: say where the blocks keep their tables"
            example = "DATABASE_URL=sqlite+aiosqlite:///./app.db"
            self.todo.append(Todo(why, self.layout.env_file, None, example))

    def point_to_hidden_routes(self, blocks: Sequence[Block]) -> None:
        """Their route comes first and answers as before; ours of that path needs another one."""
        hiding = [
            route
            for method, path in _routes_of(blocks)
            for route in self.facts.routes
            if route.is_met_by(method, _PREFIX + path)
        ]
        if hiding:
            first = hiding[0].evidence
            many = f" and {len(hiding) - 1} more" if len(hiding) > 1 else ""
            why = f"your own `{first.why}`{many} hides a route of the blocks: give them a prefix"
            example = f'{INSTALL_BLOCKS}(app, prefix="/blocks{_PREFIX}")'
            self.todo.append(Todo(why, first.path, first.line, example))

    def remember(self) -> None:
        lock = lock_of(self.project)
        core = lock.get(CORE)
        if core is not None and self.seams:
            lock = lock.with_block(replace(core, seams=(*core.seams, *self.seams)))
            self.project = self.project.write(LOCK_PATH, write(lock))

    def _make_true(self, ensure: Callable[[bytes], bytes], seam: Seam) -> None:
        source = self.project.read(seam.path)
        try:
            edited = ensure(source)
        except CannotEdit as refusal:
            self.todo.append(refusal.todo)
            return
        self.project = self.project.write(seam.path, edited) if edited != source else self.project
        self.seams.append(seam if edited != source else seam._replace(created_by="user"))


def _routes_of(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    """Method and path, without the prefix of the API, of the routers that blocks export."""
    for block in blocks:
        for src in block.files:
            if src.endswith("router.py"):
                yield from routes_of(Module(src, block.files.read(src)), "router")


def _hub_module(layout: Layout) -> str:
    return f"{layout.root_package}.installed"


def _returned_unnamed(facts: Facts, hub: str) -> Todo:
    assert facts.entrypoint is not None, "without one the plan was refused"
    made = facts.entrypoint.application
    lines = (f"from {hub} import {INSTALL_BLOCKS}", "app = FastAPI(...)", "install_blocks(app)")
    why = "`FastAPI()` has no name here: give it one and call `install_blocks` with it"
    return Todo(why, made.path, made.line, "\n".join(lines))


def _seen(evidence: Evidence | None) -> str:
    return f" ({evidence.path}:{evidence.line})" if evidence and evidence.path else ""
