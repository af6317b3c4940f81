"""A file of a block that lives elsewhere now: only its user can say so if it was edited too."""

from __future__ import annotations

from dataclasses import replace

from fastapi_registry.engine.base import FOLDER as TOOL_FOLDER
from fastapi_registry.engine.errors import UnsafePath, UsageError
from fastapi_registry.engine.lock import (
    LOCK_PATH,
    Lock,
    LockedBlock,
    LockedFile,
    State,
    lock_of,
    write,
)
from fastapi_registry.engine.placing import PathsOccupied, refuse_unsafe
from fastapi_registry.engine.plan import Plan, difference
from fastapi_registry.engine.tree import Tree, checked

IMPORTS_ARE_YOURS = "imports of it are not changed: run your tests"


class NotOfABlock(UsageError):
    def __init__(self, path: str) -> None:
        super().__init__(
            f"`{path}` is not a file of a block",
            hint="name it as `blocks.lock` does; your own files you can move as you like",
        )


class NothingThere(UsageError):
    def __init__(self, old: str, new: str) -> None:
        super().__init__(
            f"there is neither `{old}` nor `{new}`", hint="name the place where the file is now"
        )


def plan_move(project: Tree, old: str, new: str) -> Plan:
    """Move a file of a block, unless that was done already, so that updates follow it.

    Raises `NotOfABlock`, `NothingThere`, `PathsOccupied`, `UnsafePath`, `CaseTwins`.
    """
    old, new = checked(old), checked(new)
    lock = lock_of(project)
    block, file = _owner(lock, old)
    if new == LOCK_PATH or new.startswith(f"{TOOL_FOLDER}/"):
        raise UnsafePath(new)
    if old == new:
        return Plan()
    if old not in project and new not in project:
        raise NothingThere(old, new)
    if (old in project and new in project) or any(_has(other, new) for other in lock.blocks):
        raise PathsOccupied([new])
    moved = _moved(project, old, new) if old in project else project
    files = (file._replace(path=new, state=_state(file)), *(f for f in block.files if f != file))
    after = moved.write(LOCK_PATH, write(lock.with_block(replace(block, files=files))))
    return Plan(changes=difference(project, after), notes=(IMPORTS_ARE_YOURS,))


def _moved(project: Tree, old: str, new: str) -> Tree:
    content = project.read(old)
    rest = project.without(old)
    refuse_unsafe(rest, {new: content})
    return rest.write(new, content)


def _owner(lock: Lock, path: str) -> tuple[LockedBlock, LockedFile]:
    for block in lock.blocks:
        for file in block.files:
            if file.path == path:
                return block, file
    raise NotOfABlock(path)


def _has(block: LockedBlock, path: str) -> bool:
    return any(file.path == path for file in block.files)


def _state(file: LockedFile) -> State:
    """An update before this one may have taken it for deleted."""
    return "tracked" if file.state == "deleted" else file.state
