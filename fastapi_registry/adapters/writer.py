"""The few operations that change a disk, each of them announced."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

OnStep = Callable[[str], None]
"""Hears of every step once it is done. A test kills the process there, or raises a full disk."""

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)  # Windows has none
_PRIVATE = 0o600
_AS_THE_UMASK_SAYS = 0o666
_FLUSHED_AT_ONCE = 8


def unobserved(step: str) -> None:
    """What happens at a step outside of tests: nothing."""


class Writer:
    def __init__(self, on_step: OnStep = unobserved) -> None:
        self._on_step = on_step

    def make_folder(self, path: Path) -> None:
        path.mkdir()
        self._on_step(f"mkdir {path.name}")

    def create(self, path: Path, content: bytes, *, private: bool = False) -> None:
        """A new file; `flush` it before anything relies on it.

        Raises `FileExistsError` rather than write through what somebody put in its place.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW
        descriptor = os.open(path, flags, _PRIVATE if private else _AS_THE_UMASK_SAYS)
        with os.fdopen(descriptor, "wb") as file:
            self._on_step(f"create {path.name}")
            for half in _halves(content):
                file.write(half)
                file.flush()
                self._on_step(f"write {path.name}")

    def keep(self, path: Path, spare: Path) -> None:
        """A second name for a file: it costs no space, and brings back mode and times as well."""
        try:
            spare.hardlink_to(path)
        except OSError:  # exFAT and some network disks know no hard links
            self.create(spare, path.read_bytes(), private=True)
            wear(spare, path.stat())
        self._on_step(f"keep {path.name}")

    def move(self, source: Path, target: Path) -> None:
        """Atomic: whoever looks at `target` sees the old file or the new one."""
        source.replace(target)
        self._on_step(f"rename {target.name}")

    def delete(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._on_step(f"unlink {path.name}")

    def delete_folder(self, path: Path) -> None:
        """Raises `OSError` where it is not empty."""
        path.rmdir()
        self._on_step(f"rmdir {path.name}")

    def flush(self, paths: Sequence[Path]) -> None:
        """Make contents of files, and names in folders, survive a loss of power.

        Side by side: a disk takes in many at once in the time of a few. All are flushed, or it
        raises the first `OSError`.
        """
        failures: list[OSError] = []
        shares = [paths[first::_FLUSHED_AT_ONCE] for first in range(_FLUSHED_AT_ONCE)]
        threads = [Thread(target=_flush, args=(share, failures)) for share in shares if share]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        for path in paths:
            self._on_step(f"fsync {path.name}")


def wear(path: Path, looks: os.stat_result) -> None:
    """Give a file the owner and the mode of the one that it replaces."""
    own = path.stat()
    if (own.st_uid, own.st_gid) != (looks.st_uid, looks.st_gid):
        with suppress(PermissionError):  # only root may give files away
            os.chown(path, looks.st_uid, looks.st_gid)
    path.chmod(looks.st_mode & 0o7777)


def _halves(content: bytes) -> tuple[bytes, bytes]:
    middle = len(content) // 2
    return content[:middle], content[middle:]


def _flush(paths: Iterable[Path], failures: list[OSError]) -> None:
    try:
        for path in paths:
            _flush_one(path)
    except OSError as error:
        failures.append(error)


def _flush_one(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows opens no folder
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
