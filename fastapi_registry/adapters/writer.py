"""The few operations that change a disk, each of them announced.

Places are strings: to make a `Path` of each of a thousand takes longer than to ask the disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from os.path import basename, isdir
from threading import Thread

from fastapi_registry.adapters.reading import contents_of

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

    def make_folder(self, place: str) -> None:
        os.mkdir(place)
        self._on_step(f"mkdir {basename(place)}")

    def create(self, place: str, content: bytes, *, private: bool = False) -> None:
        """A new file; `flush` it before anything relies on it.

        Raises `FileExistsError` rather than write through what somebody put in its place.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW
        descriptor = os.open(place, flags, _PRIVATE if private else _AS_THE_UMASK_SAYS)
        name = basename(place)
        with os.fdopen(descriptor, "wb") as file:
            self._on_step(f"create {name}")
            for half in _halves(content):
                file.write(half)
                file.flush()
                self._on_step(f"write {name}")

    def keep(self, place: str, spare: str) -> None:
        """A second name for a file: it costs no space, and brings back mode and times as well."""
        try:
            os.link(place, spare)
        except OSError:  # exFAT and some network disks know no hard links
            self.create(spare, contents_of(place), private=True)
            wear(spare, os.stat(place))
        self._on_step(f"keep {basename(place)}")

    def move(self, source: str, target: str) -> None:
        """Atomic: whoever looks at `target` sees the old file or the new one."""
        os.replace(source, target)
        self._on_step(f"rename {basename(target)}")

    def delete(self, place: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(place)
        self._on_step(f"unlink {basename(place)}")

    def delete_folder(self, place: str) -> None:
        """Raises `OSError` where it is not empty."""
        os.rmdir(place)
        self._on_step(f"rmdir {basename(place)}")

    def flush(self, places: Sequence[str]) -> None:
        """Make contents of files, and names in folders, survive a loss of power.

        Side by side: a disk takes in many at once in the time of a few. All are flushed, or it
        raises the first `OSError`.
        """
        failures: list[OSError] = []
        shares = [places[first::_FLUSHED_AT_ONCE] for first in range(_FLUSHED_AT_ONCE)]
        threads = [Thread(target=_flush, args=(share, failures)) for share in shares if share]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        for place in places:
            self._on_step(f"fsync {basename(place)}")


def wear(place: str, looks: os.stat_result) -> None:
    """Give a file the owner and the mode of the one that it replaces."""
    own = os.stat(place)
    if (own.st_uid, own.st_gid) != (looks.st_uid, looks.st_gid):
        with suppress(PermissionError):  # only root may give files away
            os.chown(place, looks.st_uid, looks.st_gid)
    os.chmod(place, looks.st_mode & 0o7777)


def _halves(content: bytes) -> tuple[bytes, bytes]:
    middle = len(content) // 2
    return content[:middle], content[middle:]


def _flush(places: Iterable[str], failures: list[OSError]) -> None:
    try:
        for place in places:
            _flush_one(place)
    except OSError as error:
        failures.append(error)


def _flush_one(place: str) -> None:
    if os.name == "nt" and isdir(place):  # Windows opens no folder
        return
    descriptor = os.open(place, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
