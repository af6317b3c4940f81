"""Planning an undo: a pure function of the project, its record, and what a database has run."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from fastapi_registry.engine.edits.alembic import history
from fastapi_registry.engine.errors import DecisionNeeded
from fastapi_registry.engine.layout import Layout, layout_of
from fastapi_registry.engine.lock import Lock, lock_of
from fastapi_registry.engine.plan import BlockAction, Plan, difference
from fastapi_registry.engine.remove.history import have_run, migration_command
from fastapi_registry.engine.tree import Tree, digest
from fastapi_registry.engine.undo.record import RECORD, Record


class EditedSince(DecisionNeeded):
    """Taking the command back would lose what somebody wrote after it."""

    def __init__(self, command: str, paths: Collection[str]) -> None:
        self.paths = tuple(paths)
        listed = "".join(f"\n  {path}" for path in self.paths)
        super().__init__(
            f"these were edited since `{command}`, and would be lost:{listed}",
            hint="`fastapi-blocks remove` and `fastapi-blocks add` leave edits alone",
        )


class TablesExist(DecisionNeeded):
    """A database has run revisions that would go: Alembic could not find its way back."""

    def __init__(self, revisions: Collection[str], remedy: str) -> None:
        super().__init__(
            f"the database has run {', '.join(revisions)}, which would be taken back",
            hint=f"drop those tables first: `{remedy}`; their data is lost",
        )


def plan_undo(project: Tree, *, database_at: Collection[str] | None = None) -> Plan:
    """What makes everything as it was before the last command; nothing where there is none.

    `database_at` are the revisions that the project's database is at, `None` if no
    database answered. Raises `EditedSince`, `TablesExist` or `DamagedRecord`.
    """
    content = project.get(RECORD)
    if content is None:
        return Plan(notes=("there is no command to take back",))
    record = Record.from_bytes(content)
    edited = [step.path for step in record.steps if _digest(project, step.path) != step.after]
    if edited:
        raise EditedSince(record.command, edited)
    _refuse_if_run(project, record, database_at)
    after = project.without(RECORD, *(s.path for s in record.steps if s.before is None))
    after = after.merged({s.path: s.before for s in record.steps if s.before is not None})
    old, new = lock_of(project), lock_of(after)
    return Plan(
        changes=difference(project, after),
        blocks=tuple(_actions(old, new)),
        dependencies=new.gained(old, lambda block: (dep.added for dep in block.deps)),
        env=new.gained(old, lambda block: (key.key for key in block.env if key.added)),
        migrations=new.gained(old, lambda block: (step.revision for step in block.migrations)),
        notes=(f"`{record.command}` is taken back",),
    )


def _refuse_if_run(project: Tree, record: Record, database_at: Collection[str] | None) -> None:
    lock = lock_of(project)
    layout = layout_of(lock) or Layout()
    known = {each.revision: each for each in history(project, *layout.locations)}
    ran = have_run(known, database_at)
    new = {step.path for step in record.steps if step.before is None}
    lost = [each for each in known.values() if each.path in new and each.revision in ran]
    if lost:
        names = {each.revision for each in lost}
        first = next(each for each in lost if names.isdisjoint(each.downs))
        target = next(iter(first.downs), "base")
        remedy = f"{migration_command(project, layout)} downgrade {target}"
        raise TablesExist(sorted(names), remedy)


def _actions(old: Lock, new: Lock) -> Iterator[BlockAction]:
    for block in old.blocks:
        there = new.get(block.name)
        if there is None:
            yield BlockAction(block.name, block.version, "remove")
        elif there.version != block.version:
            yield BlockAction(block.name, there.version, "update")
    yield from (BlockAction(b.name, b.version, "add") for b in new.blocks if b.name not in old)


def _digest(project: Tree, path: str) -> str | None:
    content = project.get(path)
    return None if content is None else digest(content)
