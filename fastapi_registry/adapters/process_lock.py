"""One command at a time in a project.

The operating system holds the lock and lets go of it when a process dies, so a dead command is
never in the way; the file `.blocks/running` only says which process has it.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fastapi_registry.adapters.failures import CannotWrite
from fastapi_registry.engine.base import FOLDER as TOOL_FOLDER

RUNNING = f"{TOOL_FOLDER}/running"
_PATIENCE_SECONDS = 0.05
_TAKEN = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})

OnWait = Callable[[str], None]
"""Hears once, by its process id, which command is waited for."""

if sys.platform == "win32":
    import msvcrt

    def _try_to_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_to_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone_in(root: Path, on_wait: OnWait) -> Iterator[None]:
    """Keep every other command out until the block ends. Makes `root` if it is not there."""
    made = _make(root)
    descriptor = _wait_for(root / RUNNING, on_wait)
    try:
        yield
    finally:
        _let_go(descriptor, root, made)


def is_idle(root: Path) -> bool:
    """Whether no living command works on the project. Sweeps up what a dead one left behind."""
    place = root / RUNNING
    if not place.exists():
        return True
    descriptor = _try(place)
    if descriptor is None:
        return False
    _let_go(descriptor, root, made=())
    return True


def _make(root: Path) -> tuple[Path, ...]:
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite.because(error, str(root)) from error
    return tuple(missing)


def _wait_for(place: Path, on_wait: OnWait) -> int:
    said = False
    while (descriptor := _try(place)) is None:
        if not said:
            on_wait(_who_runs(place))
            said = True
        time.sleep(_PATIENCE_SECONDS)
    return descriptor


def _try(place: Path) -> int | None:
    """The locked file, or `None` while another process has it."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        comes_or_goes = isinstance(error, FileNotFoundError | FileExistsError)
        if comes_or_goes and not place.parent.is_file():
            return None  # the folder has just gone away with the command before us
        raise CannotWrite.because(error, RUNNING) from error
    try:
        _try_to_lock(descriptor)
    except OSError as error:
        os.close(descriptor)
        if error.errno not in _TAKEN:
            raise CannotWrite.because(error, RUNNING) from error
        return None
    if not _is_still(place, descriptor):  # we locked what its last owner has just deleted
        os.close(descriptor)
        return None
    os.truncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def _is_still(place: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(place.stat(), os.fstat(descriptor))
    return False


def _who_runs(place: Path) -> str:
    with suppress(OSError):
        return place.read_text("ascii", "replace")
    return ""


def _let_go(descriptor: int, root: Path, made: tuple[Path, ...]) -> None:
    """Leaves no trace: folders that were made for the lock alone go with it."""
    place = root / RUNNING
    if sys.platform == "win32":  # deletes no open file, nor one that the next command has opened
        os.close(descriptor)
        with suppress(OSError):
            place.unlink()
    else:  # delete while we hold it: a moment later it may be the lock of another
        place.unlink(missing_ok=True)
        os.close(descriptor)
    for folder in (place.parent, *made):
        with suppress(OSError):
            folder.rmdir()
