"""A file or a folder of a block that lives elsewhere now: only its user can say so."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi_registry.engine.base import FOLDER as TOOL_FOLDER
from fastapi_registry.engine.errors import UnsafePath, UsageError
from fastapi_registry.engine.lock import (
    LOCK_PATH,
    Lock,
    LockedFile,
    lock_of,
    write,
)
from fastapi_registry.engine.placing import PathsOccupied, occupied, refuse_unsafe
from fastapi_registry.engine.plan import Plan, difference
from fastapi_registry.engine.tree import Tree, checked

IMPORTS_ARE_YOURS = "imports of it are not changed: run your tests"


class NotOfABlock(UsageError):
    def __init__(self, path: str) -> None:
        super().__init__(
            f"`{path}` is no file and no folder of a block",
            hint="name it as `blocks.lock` does; your own files you can move as you like",
        )


class NothingThere(UsageError):
    def __init__(self, old: str, new: str) -> None:
        super().__init__(
            f"there is neither `{old}` nor `{new}`", hint="name the place where it is now"
        )


def plan_move(project: Tree, old: str, new: str) -> Plan:
    """Move what blocks have at `old`, unless that was done already, so that updates follow it.

    What you have in such a folder goes with it. Raises `NotOfABlock`, `NothingThere`,
    `PathsOccupied`, `UnsafePath`, `CaseTwins`.
    """
    old, new = checked(old), checked(new)
    lock = lock_of(project)
    if new == LOCK_PATH or f"{new}/".startswith(f"{TOOL_FOLDER}/"):
        raise UnsafePath(new)
    recorded = [path for path in lock.paths if _is_within(path, old)]
    if not recorded or any(_is_within(path, old) for path in _seams(lock)):
        raise NotOfABlock(old)
    if old == new:
        return Plan()
    places = {path: new + path.removeprefix(old) for path in recorded}
    if not any(path in project for path in (*places, *places.values())):
        raise NothingThere(old, new)
    if taken := set(places.values()) & lock.paths - places.keys():
        raise PathsOccupied(taken)
    moved = _moved(project, old, new).write(LOCK_PATH, write(_following(lock, places)))
    return Plan(changes=difference(project, moved), notes=(IMPORTS_ARE_YOURS,))


def _moved(project: Tree, old: str, new: str) -> Tree:
    """What is still at `old`, yours too, moved to `new`."""
    here = [path for path in project if _is_within(path, old)]
    contents = {new + path.removeprefix(old): project.read(path) for path in here}
    rest = project.without(*here)
    refuse_unsafe(rest, contents)
    in_the_way = {*occupied(rest, contents), *(path for path in contents if path in rest)}
    if in_the_way:
        raise PathsOccupied(in_the_way)
    return rest.merged(contents)


def _following(lock: Lock, places: Mapping[str, str]) -> Lock:
    """The lock, in which each file has the place that it has now."""
    for block in lock.blocks:
        files = tuple(_placed(file, places) for file in block.files)
        lock = lock.with_block(block._replace(files=files))
    return lock


def _placed(file: LockedFile, places: Mapping[str, str]) -> LockedFile:
    """An update before this one may have taken it for deleted."""
    if file.path not in places:
        return file
    state = "tracked" if file.state == "deleted" else file.state
    return file._replace(path=places[file.path], state=state)


def _seams(lock: Lock) -> frozenset[str]:
    """Files of yours that the tool edits: it must find them where they were."""
    return frozenset(seam.path for block in lock.blocks for seam in block.seams)


def _is_within(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")
