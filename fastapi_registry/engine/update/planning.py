"""Planning an update: a pure function of the project, the new versions, and a formatter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fastapi_registry.engine.base import without_base
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.dependency import Dependency
from fastapi_registry.engine.install import FreshSecret, Installation
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LOCK_PATH, LockedBlock, lock_of, write
from fastapi_registry.engine.plan import BlockAction, Conflict, Plan, difference
from fastapi_registry.engine.rendering import installed_files
from fastapi_registry.engine.resolve import in_order
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.update.cases import file_cases
from fastapi_registry.engine.update.files import updated_files
from fastapi_registry.engine.update.needs import renewed
from fastapi_registry.engine.update.table import Choices

_NO_PINS: Final[Mapping[str, Dependency]] = {}


def plan_update(
    project: Tree,
    blocks: Sequence[Block],
    layout: Layout,
    *,
    choices: Choices,
    fresh_secret: FreshSecret,
    pins: Mapping[str, Dependency] = _NO_PINS,
) -> Plan:
    """What taking `blocks` changes: those installed are updated, those newly required added.

    With `abort`, a conflict leaves everything as it is. Raises `DamagedBase` rather than
    merge against a guess, `Unresolved`, and what `plan_install` raises.
    """
    steps = Installation(
        project,
        lock_of(project),
        layout,
        fresh_secret,
        params={},
        pins=pins,
        migrations=True,
        overwrite=False,
    )
    update = _Update(steps, choices)
    by_name = {block.name: block for block in blocks}
    for name in in_order(block.manifest for block in blocks):
        update.take(by_name[name])
    return update.plan(project)


@dataclass
class _Update:
    steps: Installation
    choices: Choices
    actions: list[BlockAction] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, block: Block) -> None:
        locked = self.steps.lock.get(block.name)
        if locked is None:
            self.steps.add(block, direct=False)
            self.actions.append(BlockAction(block.name, block.version, "add"))
        elif self._concerns(block, locked):
            self._update(block, locked)
            self.actions.append(BlockAction(block.name, block.version, "update"))
        else:
            self.actions.append(BlockAction(block.name, block.version, "keep"))

    def _concerns(self, block: Block, locked: LockedBlock) -> bool:
        is_another = (locked.version, locked.digest) != (block.version, block.digest)
        is_unfinished = any(file.state == "conflicted" for file in locked.files)
        return is_another or is_unfinished or self.choices.restore

    def _update(self, block: Block, locked: LockedBlock) -> None:
        steps = self.steps
        contents = installed_files(block, steps.layout, locked.params)
        cases = tuple(file_cases(steps.project, steps.lock, steps.layout, block, contents))
        result = updated_files(steps.project, block, cases, self.choices)
        steps.project = result.project
        steps.lock = steps.lock.with_block(renewed(steps, block, result.records))
        self.conflicts += result.conflicts
        self.notes += result.notes

    def plan(self, before: Tree) -> Plan:
        if self.conflicts and self.choices.conflict == "abort":
            return Plan(blocks=tuple(self.actions), conflicts=tuple(self.conflicts))
        old, new = lock_of(before), self.steps.lock
        after = self.steps.project
        if new != old:
            after = without_base(after, old.bases - new.bases).write(LOCK_PATH, write(new))
        return Plan(
            changes=difference(before, after),
            blocks=tuple(self.actions),
            dependencies=new.gained(old, lambda block: [dep.added for dep in block.deps]),
            env=new.gained(old, lambda block: [key.key for key in block.env if key.added]),
            migrations=new.gained(old, lambda block: [m.revision for m in block.migrations]),
            todo=tuple(self.steps.todo),
            conflicts=tuple(self.conflicts),
            notes=tuple(self.notes),
        )
