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
from fastapi_registry.engine.detect import Facts, detect, layout_of
from fastapi_registry.engine.detect.evidence import line_of
from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.detect.mounts import Mount
from fastapi_registry.engine.detect.orm import Orm
from fastapi_registry.engine.detect.routes import Route, routes_of
from fastapi_registry.engine.edits.dotenv import keys
from fastapi_registry.engine.edits.fact import CannotEdit, Fact
from fastapi_registry.engine.edits.seam import INSTALL_BLOCKS, InstallBlocks
from fastapi_registry.engine.edits.seam_env import WITH_BLOCKS, TargetMetadata
from fastapi_registry.engine.install import FreshSecret, plan_install
from fastapi_registry.engine.join_refusals import refuse
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LOCK_PATH, Seam, lock_of, write
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.placing import PathsOccupied
from fastapi_registry.engine.plan import Plan, Todo, applied, difference
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.wishes import Wishes

APP_SEAM = "app"
ENV_SEAM = "alembic"

_PREFIX = "/api/v1"
_OTHER_PREFIX = f"/blocks{_PREFIX}"
_SCRIPT = re.compile(rb"(?m)^# /// script\r?$")
_POSTGRESQL = ("asyncpg", "psycopg")


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
    wishes = (wishes or Wishes()).completed_by(project).checked()
    facts = detect(project, wishes.app, wishes.alembic)
    refuse(facts, blocks, wishes)
    layout = layout_of(facts, root=wishes.root, table_prefix=wishes.table_prefix or "")
    try:
        plan = plan_install(
            project,
            blocks,
            layout,
            direct=direct,
            fresh_secret=fresh_secret,
            migrations=wishes.migrations,
        )
    except PathsOccupied as error:
        hint = "move what is there away, or choose another place with `--root`"
        raise PathsOccupied(error.paths, hint=hint) from None
    plan = _with_one_word_on_packages(plan, facts, blocks)
    return _joined(project, plan, blocks, facts, layout)


def fact_of(seam: Seam, layout: Layout) -> Fact:
    """The fact that a seam of the lock stands for, to check it or to take it out again."""
    hub = _hub_module(layout)
    if seam.kind == ENV_SEAM:
        return TargetMetadata(seam.path, hub)
    function, _, call = seam.fact.rpartition(": ")
    given = call.removeprefix(f"{INSTALL_BLOCKS}(").removesuffix(")")
    app, _, prefix = given.partition(', prefix="')
    return InstallBlocks(seam.path, hub, app, function or None, prefix=prefix.rstrip('"'))


def _with_one_word_on_packages(plan: Plan, facts: Facts, blocks: Sequence[Block]) -> Plan:
    """A `Pipfile` or `setup.py` is not edited: what it lacks is told once, not line by line."""
    file = facts.dependencies
    if file is None or file.kind != "unsupported":
        return plan
    needed = sorted({str(need) for block in blocks for need in block.manifest.python})
    why = f"add these packages to `{file.path}`, which this tool does not edit"
    others = [todo for todo in plan.todo if todo.path != file.path]
    return plan._replace(todo=(*others, Todo(why, file.path, None, "\n".join(needed))))


def _joined(
    project: Tree, plan: Plan, blocks: Sequence[Block], facts: Facts, layout: Layout
) -> Plan:
    """The plan of an installation, and the two facts that join it to the app."""
    joint = _Joint(applied(plan, project), facts, layout)
    joint.call_install_blocks(_same_routes(facts, blocks))
    joint.tell_of_a_hiding_route()
    joint.show_tables_to_alembic()
    joint.ask_for_a_database()
    joint.tell_of_a_script(blocks)
    joint.tell_of_mounts()
    joint.tell_of_secrets(project)
    joint.remember()
    return plan._replace(
        changes=difference(project, joint.project),
        todo=(*plan.todo, *joint.todo),
        notes=(*plan.notes, *joint.notes),
    )


class _Joint:
    """A project on its way from installed to joined."""

    def __init__(self, project: Tree, facts: Facts, layout: Layout) -> None:
        self.project = project
        self.facts = facts
        self.layout = layout
        self.todo: list[Todo] = []
        self.notes: list[str] = []
        self.seams: list[Seam] = []

    def call_install_blocks(self, same: Sequence[Route]) -> None:
        """Elsewhere than usual where the project has a route of the same path: it is to stay."""
        finish, hub = self.facts.finish, _hub_module(self.layout)
        if finish is None:
            self.todo.append(_returned_unnamed(self.facts, hub))
            return
        certain = [route for route in same if route.is_known]
        fact = InstallBlocks(
            finish.path,
            hub,
            finish.name,
            finish.function,
            finish.hidden_by,
            finish.included_by,
            _OTHER_PREFIX if certain else "",
        )
        where = f"{finish.function}: {fact.call}" if finish.function else fact.call
        self._make_true(fact.ensure, Seam(APP_SEAM, finish.path, where))
        if certain:
            place, many = certain[0].evidence, f" and {len(certain) - 1} more" * (len(certain) > 1)
            route = f"`{place.why}`{many} ({place.path}:{place.line})"
            self.notes.append(f"your own {route} stays: the blocks are below `{_OTHER_PREFIX}`")
        elif same:
            self._point_to_hidden_route(same, replace(fact, prefix=_OTHER_PREFIX))

    def tell_of_a_hiding_route(self) -> None:
        """Nothing stands before what the app is made with: only its owner can move that."""
        route, finish = self.facts.hiding_route, self.facts.finish
        if route is not None:
            name = finish.name if finish else "app"
            why = (
                "this route answers for the paths of the blocks, and is asked before them: "
                f"append it behind `{INSTALL_BLOCKS}({name})` instead"
            )
            snippet = f"{name}.router.routes.append({route.why})"
            self.todo.append(Todo(why, route.path, route.line, snippet))

    def show_tables_to_alembic(self) -> None:
        history = self.facts.history
        if history is not None and history.env in self.project:
            fact = TargetMetadata(history.env, _hub_module(self.layout))
            self._make_true(fact.ensure, Seam(ENV_SEAM, history.env, WITH_BLOCKS))

    def ask_for_a_database(self) -> None:
        """Never a second database beside theirs: without a known one, the user names it."""
        if not self.layout.database_url:
            why, example = _asked_for_a_database(self.facts.orm)
            self.todo.append(Todo(why, self.layout.env_file, None, example))

    def tell_of_a_script(self, blocks: Sequence[Block]) -> None:
        """`uv run main.py` installs what its comment names, and nothing else (PEP 723)."""
        entry = self.facts.entrypoint
        source = self.project.read(entry.path) if entry else b""
        script = _SCRIPT.search(source)
        if entry is not None and script is not None:
            needed = sorted({str(need) for block in blocks for need in block.manifest.python})
            why = "this script names its packages itself: add those of the blocks to the list"
            lines = "\n".join(f'#     "{need}",' for need in needed)
            self.todo.append(Todo(why, entry.path, line_of(source, script.start()), lines))

    def tell_of_mounts(self) -> None:
        for mount in self.facts.mounts:
            at, place = _place_of(mount), mount.evidence
            self.notes.append(
                f"the application at {at} ({place.path}:{place.line}) has no blocks: "
                f"call `{INSTALL_BLOCKS}` on it too, if its routes are to know who is calling"
            )

    def tell_of_secrets(self, before: Tree) -> None:
        """An image, a colleague and a server do not have the `.env` of this machine."""
        path = self.layout.env_file
        made = keys(self.project.get(path) or b"") - keys(before.get(path) or b"")
        if made:
            named = ", ".join(f"`{name}`" for name in sorted(made))
            were, one = ("was", "one") if len(made) == 1 else ("were", "others")
            self.notes.append(
                f"{named} {were} made for this machine, in `{path}`: "
                f"wherever else the app runs, set {one} there"
            )

    def remember(self) -> None:
        lock = lock_of(self.project)
        core = lock.get(CORE)
        if core is not None and self.seams:
            lock = lock.with_block(core._replace(seams=(*core.seams, *self.seams)))
            self.project = self.project.write(LOCK_PATH, write(lock))

    def _point_to_hidden_route(self, same: Sequence[Route], call: InstallBlocks) -> None:
        """A prefix that is computed may or may not make the paths equal: its author knows."""
        first = same[0].evidence
        many = f" and {len(same) - 1} more" if len(same) > 1 else ""
        why = (
            f"your own `{first.why}`{many} may hide a route of the blocks: then give them a prefix"
        )
        self.todo.append(Todo(why, first.path, first.line, call.call))

    def _make_true(self, ensure: Callable[[bytes], bytes], seam: Seam) -> None:
        source = self.project.read(seam.path)
        try:
            edited = ensure(source)
        except CannotEdit as refusal:
            self.todo.append(refusal.todo)
            return
        self.project = self.project.write(seam.path, edited) if edited != source else self.project
        self.seams.append(seam if edited != source else seam._replace(created_by="user"))


def _asked_for_a_database(orm: Orm) -> tuple[str, str]:
    """Why it is asked, and a line to begin with: of their kind, where their driver tells it."""
    example, driver = "DATABASE_URL=sqlite+aiosqlite:///./app.db", orm.evidence
    if driver is None:
        return "no database of yours was found: say where the blocks keep their tables", example
    if any(name in driver.why for name in _POSTGRESQL):
        example = "DATABASE_URL=postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
    seen = f"{driver.path}:{driver.line} {driver.why}"
    return f"{seen}, but where your database is was not found: name it for the blocks", example


def _place_of(mount: Mount) -> str:
    """As it is read: what is mounted at "" answers for every path, as at "/"."""
    return "a path of its own" if mount.path is None else f"`{mount.path or '/'}`"


def _same_routes(facts: Facts, blocks: Sequence[Block]) -> list[Route]:
    """Those of the project that a request for one of ours may mean."""
    return [
        route
        for method, path in _routes_of(blocks)
        for route in facts.routes
        if route.is_met_by(method, _PREFIX + path)
    ]


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
