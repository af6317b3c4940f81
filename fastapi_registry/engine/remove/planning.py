"""Planning a removal: a pure function of the project, the names, and what a database has run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Set
from dataclasses import dataclass, field

from fastapi_registry.engine.base import without_base
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.new_hub import new_hub
from fastapi_registry.engine.errors import DecisionNeeded
from fastapi_registry.engine.layout import Layout, layout_of
from fastapi_registry.engine.lock import LOCK_PATH, Lock, LockedBlock, Seam, lock_of, write
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.plan import BlockAction, Plan, Todo, difference
from fastapi_registry.engine.remove.choice import asked_for, came_along, in_reverse
from fastapi_registry.engine.remove.dependencies import release
from fastapi_registry.engine.remove.environment import (
    bequeath,
    edited,
    explain_no_more,
    forget_secrets,
    still_explained,
)
from fastapi_registry.engine.remove.history import Past, how_to_drop, how_to_keep, past_of
from fastapi_registry.engine.remove.sameness import is_untouched, says_the_same
from fastapi_registry.engine.remove.usages import Usage, usages
from fastapi_registry.engine.seams import fact_of
from fastapi_registry.engine.tree import Tree


class StillUsed(DecisionNeeded):
    """Code of the user's imports what is to go."""

    def __init__(self, found: Collection[Usage]) -> None:
        self.usages = tuple(found)
        listed = "".join(f"\n  {each.path}:{each.line}" for each in self.usages)
        names = " and ".join(f"`{name}`" for name in sorted({each.block for each in found}))
        super().__init__(
            f"your code still imports {names}:{listed}",
            hint="take these imports out, then run this command again",
        )


class TiedUp(DecisionNeeded):
    """What joins a block to the user's code is written in a way that the tool does not know."""

    def __init__(self, todo: Todo) -> None:
        self.todo = todo
        where = f"{todo.path}:{todo.line}" if todo.line else todo.path
        lines = "".join(f"\n  {line}" for line in todo.snippet.splitlines())
        super().__init__(
            f"{where}: {todo.why}{lines}",
            hint="take these lines out by hand, then run this command again",
        )


class TablesStay(DecisionNeeded):
    """Revisions have to stay, and could not be loaded without `core`."""

    def __init__(self, past: Past, remedy: str) -> None:
        super().__init__(
            f"`{CORE}` has to stay while migrations need it: {', '.join(map(str, past.kept))}",
            hint=f"{remedy}; then run this command again",
        )


def plan_remove(
    project: Tree, names: Collection[str], *, database_at: Collection[str] | None = None
) -> Plan:
    """What taking out `names` changes, and what had only come along with them.

    `database_at` are the revisions that the project's database is at, `None` if no
    database answered. Raises `NotInstalled`, `CannotBeRemoved` and several kinds of
    `DecisionNeeded`, all before anything is written.
    """
    lock = lock_of(project)
    asked = asked_for(lock, names)
    staying: frozenset[str] = frozenset()
    while True:
        along = came_along(lock, asked, staying)
        removal = _removal(project, lock, asked | along, database_at)
        unclean = along & removal.unclean
        if not unclean:
            break
        staying |= unclean
    removal.refuse()
    return removal.plan(project, along, staying)


def _removal(
    project: Tree, lock: Lock, names: Set[str], database_at: Collection[str] | None
) -> _Removal:
    layout, blocks = layout_of(lock) or Layout(), in_reverse(lock, names)
    past = past_of(project, layout, blocks, database_at)
    removal = _Removal(project, lock, layout, past, database_at is not None)
    for block in blocks:
        removal.take_out(block.name)
    removal.look_for_usages(blocks)
    return removal


@dataclass
class _Removal:
    """A project on its way back. Each step unmakes one of the traces in the lock."""

    project: Tree
    lock: Lock
    layout: Layout
    past: Past
    database_answered: bool
    gone: list[LockedBlock] = field(default_factory=list)
    todo: list[tuple[str, Todo]] = field(default_factory=list)
    """What stays of a block, by its name."""
    tied: list[tuple[str, Todo]] = field(default_factory=list)
    """What keeps a block from going at all."""
    own_lines: list[Todo] = field(default_factory=list)
    """What the user made of our lines in `.env.example`: nothing of the block hangs on it."""
    usages: list[Usage] = field(default_factory=list)

    def take_out(self, name: str) -> None:
        block = self.lock.get(name)
        assert block is not None, "whoever goes was chosen from the lock"
        self.lock = self.lock.without(name)
        self.gone.append(block)
        self._take_out_seams(block)
        self._delete_files(block)
        self._delete_revisions(block)
        self._release_dependencies(block)
        self._forget_environment(block)
        self.lock = bequeath(self.lock, block)

    def look_for_usages(self, blocks: Iterable[LockedBlock]) -> None:
        owned = {file.path: block.name for block in blocks for file in block.files}
        if any(block.name == CORE for block in blocks):
            owned[self.layout.hub] = CORE
        self.usages = list(usages(self.project, owned, self.layout.import_root))

    @property
    def unclean(self) -> frozenset[str]:
        """The blocks of which something stays, or on which something of the user's stands."""
        left = (name for name, _ in (*self.todo, *self.tied))
        kept = (each.block for each in self.past.kept)
        return frozenset({*left, *kept, *(each.block for each in self.usages)})

    def refuse(self) -> None:
        """Raises `TiedUp`, `TablesStay` or `StillUsed`."""
        for _, todo in self.tied:
            raise TiedUp(todo)
        if self.past.kept and any(block.name == CORE for block in self.gone):
            raise TablesStay(self.past, self._how_to_drop(self.past.kept[-1].block))
        if self.usages:
            raise StillUsed(self.usages)

    def plan(self, before: Tree, along: Set[str], staying: Set[str]) -> Plan:
        after = without_base(self.project, lock_of(before).bases - self.lock.bases)
        if self.lock.blocks:
            after = after.write(LOCK_PATH, write(self.lock))
        else:
            after = without_base(after).without(LOCK_PATH)
        return Plan(
            changes=difference(before, after),
            blocks=tuple(BlockAction(b.name, b.version, "remove") for b in self.gone),
            dependencies=tuple(sorted(self._released())),
            env=tuple(sorted({key for b in self.gone for key in self._forgotten(b)})),
            migrations=tuple(each.revision for each in self.past.gone),
            todo=(*(todo for _, todo in self.todo), *self.own_lines),
            notes=tuple(self._notes(along, staying)),
        )

    def _take_out_seams(self, block: LockedBlock) -> None:
        for seam in block.seams:
            if seam.kind == "hub" and block.name == CORE:
                self._delete_hub(seam)
            elif seam.created_by == "tool" and seam.path in self.project:
                try:
                    self._edit(seam.path, fact_of(seam, block, self.layout).remove)
                except CannotEdit as refusal:
                    self.tied.append((block.name, refusal.todo))

    def _delete_hub(self, seam: Seam) -> None:
        """The hub, unless the user made it his own: then it stays, and is told."""
        content = self.project.get(seam.path)
        if content is None:
            return
        if seam.created_by == "tool" and says_the_same(seam.path, new_hub(self.layout), content):
            self.project = self.project.without(seam.path)
        else:
            self._leave(CORE, seam.path)

    def _delete_files(self, block: LockedBlock) -> None:
        for file in block.files:
            if file.path not in self.project or file.state == "ejected":
                continue
            if is_untouched(self.project, file):
                self.project = self.project.without(file.path)
            else:
                self._leave(block.name, file.path)

    def _leave(self, block: str, path: str) -> None:
        why = f"you edited this file of `{block}`, so it stays: delete it, or make it yours"
        self.todo.append((block, Todo(why, path)))

    def _delete_revisions(self, block: LockedBlock) -> None:
        ours = {step.revision for step in block.migrations}
        self.project = self.project.without(
            *(each.path for each in self.past.gone if each.revision in ours)
        )

    def _release_dependencies(self, block: LockedBlock) -> None:
        for dep in block.deps:
            source = self.project.get(dep.file)
            if source is None:
                continue
            try:
                released = release(source, dep, self.lock)
            except CannotEdit as refusal:
                why = f"{refusal.todo.why}; take out `{dep.req}`"
                self.todo.append((block.name, Todo(why, dep.file, refusal.todo.line)))
                continue
            self.project = edited(self.project, dep.file, released.source)
            self.lock = released.lock

    def _forget_environment(self, block: LockedBlock) -> None:
        self.project = explain_no_more(self.project, self.lock, block, self.layout)
        if keys := still_explained(self.project, block, self.layout):
            listed = ", ".join(f"`{key}`" for key in keys)
            why = f"you edited what it says of {listed}, so that stays: delete it, or make it yours"
            self.own_lines.append(Todo(why, self.layout.env_example))
        if not self._has_run(block):
            self.project = forget_secrets(self.project, self.lock, block, self.layout)

    def _has_run(self, block: LockedBlock) -> bool:
        """Whether a database has its tables, and perhaps data that one of its keys encrypted."""
        return any((each.block, each.reason) == (block.name, "was run") for each in self.past.kept)

    def _edit(self, path: str, edit: Callable[[bytes], bytes]) -> None:
        self.project = edited(self.project, path, edit(self.project.read(path)))

    def _released(self) -> set[str]:
        staying = {dep.req for block in self.lock.blocks for dep in block.deps}
        return {dep.req for b in self.gone for dep in b.deps if dep.added} - staying

    def _forgotten(self, block: LockedBlock) -> Iterator[str]:
        staying = {key.key for other in self.lock.blocks for key in other.env}
        return (key.key for key in block.env if key.added and key.key not in staying)

    def _how_to_drop(self, block: str) -> str:
        return how_to_drop(self.project, self.layout, block, self.past.kept)

    def _notes(self, along: Set[str], staying: Set[str]) -> Iterator[str]:
        for name in sorted(along):
            yield f"`{name}` had only come along, and nobody else needs it: it goes too"
        for name in sorted(staying):
            yield (
                f"`{name}` had only come along, and stays for what is left of it or uses it: "
                f"`fastapi-blocks remove {name}` tells more"
            )
        if self.past.gone and not self.database_answered:
            gone = ", ".join(sorted(each.revision for each in self.past.gone))
            yield f"no database answered: {gone} counted as never run"
        for block in sorted({each.block for each in self.past.kept}):
            kept = ", ".join(str(each) for each in self.past.kept if each.block == block)
            yield f"{kept}: that stays as history; {self._how_to_drop(block)}"
        if self.past.kept and (advice := how_to_keep(self.layout)):
            yield advice
