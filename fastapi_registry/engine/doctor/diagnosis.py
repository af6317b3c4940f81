"""All that can be found out about a project without running it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from fastapi_registry.engine.base import FOLDER, DamagedBase, base_of
from fastapi_registry.engine.doctor.finding import Finding, Shell
from fastapi_registry.engine.doctor.history import broken_history
from fastapi_registry.engine.doctor.needs import missing_dependencies, missing_secrets
from fastapi_registry.engine.doctor.wiring import broken_wiring
from fastapi_registry.engine.layout import Layout, layout_of
from fastapi_registry.engine.lock import LOCK_PATH, DamagedLock, Lock, lock_of
from fastapi_registry.engine.status import BlockStatus, status
from fastapi_registry.engine.tree import Tree


def diagnose(project: Tree, environment: Collection[str] = ()) -> tuple[Finding, ...]:
    """`environment` are the names of the settings that come from outside of any file."""
    try:
        lock = lock_of(project)
    except DamagedLock as error:
        return (Finding("lock", error.message, (Shell(f"git checkout -- {LOCK_PATH}"),)),)
    layout = layout_of(lock) or Layout()
    return (
        *_missing_bases(project, lock),
        *_changed_files(project),
        *broken_wiring(project, lock, layout),
        *missing_dependencies(project, lock),
        *missing_secrets(project, lock, layout, environment),
        *broken_history(project, lock, layout),
    )


def _missing_bases(project: Tree, lock: Lock) -> Iterator[Finding]:
    damaged = sorted(sha256 for sha256 in lock.bases if not _is_remembered(project, sha256))
    if damaged:
        count = f"{len(damaged)} {'text' if len(damaged) == 1 else 'texts'}"
        what = f"{count} in `{FOLDER}/base`, which updates need, are missing or damaged"
        yield Finding("base", what, (Shell(f"git checkout -- {FOLDER}"),))


def _is_remembered(project: Tree, sha256: str) -> bool:
    try:
        base_of(project, sha256)
    except DamagedBase:
        return False
    return True


def _changed_files(project: Tree) -> Iterator[Finding]:
    """Only what was deleted by hand: what `update` knows to be deleted is as you want it."""
    for block in status(project):
        gone = _gone_by_hand(project, block)
        if gone:
            what = f"`{block.name}` lacks {', '.join(gone)}"
            yield Finding("files", what, (Shell(f"fastapi-blocks update {block.name} --restore"),))
        for path in block.conflicted:
            what = f"{path} is in conflict: decide on it, and take out the marks"
            yield Finding("conflict", what, (Shell(f"fastapi-blocks update {block.name}"),))


def _gone_by_hand(project: Tree, block: BlockStatus) -> list[str]:
    locked = lock_of(project).get(block.name)
    tracked = {file.path for file in locked.files if file.state == "tracked"} if locked else set()
    return [path for path in block.deleted if path in tracked]
