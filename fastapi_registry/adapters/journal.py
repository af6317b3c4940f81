"""All or nothing: the protocol by which many files change at once.

    stage     every new file is written to .blocks/txn/, what it replaces gets a second name there
    prepare   the journal names them all. From here on a crash is undone
    switch    each file is renamed into its place, and each that goes away into .blocks/txn/
    commit    the journal is renamed to `done`. From here on a crash has nothing left to undo
    tidy      .blocks/txn/ goes away, and with it every folder that the plan left empty

`recover` reads what it finds: no journal, nothing had happened; a journal, each file goes back;
`done`, only the tidying is left.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from os.path import basename, dirname, exists, isdir, isfile, join
from pathlib import Path
from typing import NamedTuple

from fastapi_registry.adapters.failures import ProjectChanged
from fastapi_registry.adapters.reading import contents_of
from fastapi_registry.adapters.writer import Writer, wear
from fastapi_registry.engine.base import FOLDER as TOOL_FOLDER
from fastapi_registry.engine.plan import Change
from fastapi_registry.engine.tree import all_folders_of, digest, folders_of
from fastapi_registry.engine.undo.record import RECORD

TRANSACTION = f"{TOOL_FOLDER}/txn"
_SECRET_FILES = frozenset({".env", RECORD.rpartition("/")[2]})


class Entry(NamedTuple):
    """One file, by the SHA-256 of what it was and of what it becomes; `None` is no file."""

    path: str
    before: str | None
    after: str | None


class Journal(NamedTuple):
    folders: tuple[str, ...]
    """Those that the transaction makes, outermost first."""
    entries: tuple[Entry, ...]

    def to_bytes(self) -> bytes:
        entries = [entry._asdict() for entry in self.entries]
        return json.dumps({"schema": 1, "folders": self.folders, "entries": entries}).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Journal:
        kept = json.loads(content)
        return cls(tuple(kept["folders"]), tuple(Entry(**entry) for entry in kept["entries"]))


class Transaction:
    """One run of the protocol in one project, or what a crash has left of it."""

    def __init__(self, root: Path, writer: Writer) -> None:
        self._root = os.fspath(root)
        self._writer = writer
        self._folder = self._at(TRANSACTION)
        self._journal = join(self._folder, "journal")
        self._done = join(self._folder, "done")

    @property
    def exists(self) -> bool:
        return isdir(self._folder)

    @property
    def is_committed(self) -> bool:
        return exists(self._done)

    def run(self, changes: Sequence[Change]) -> None:
        """Raises `ProjectChanged` if a file differs from what the plan was made from."""
        self._stage(changes)
        journal = self._journal_of(changes)
        self._prepare(journal)
        self._switch(journal)
        self._commit()

    def roll_back(self) -> tuple[str, ...]:
        """Put every file back; returns those that were left, because you edited them since."""
        if not exists(self._journal):
            self.discard()
            return ()
        journal = Journal.from_bytes(contents_of(self._journal))
        entries = reversed(list(enumerate(journal.entries)))
        left = tuple(entry.path for number, entry in entries if not self._restore(number, entry))
        for folder in reversed(journal.folders):
            with suppress(OSError):  # not made yet, or you put something into it
                self._writer.delete_folder(self._at(folder))
        self._flush_folders(journal)
        self._writer.delete(self._journal)
        self.discard()
        return left

    def tidy(self) -> None:
        """What is left to do after the commit, and may be done twice."""
        journal = Journal.from_bytes(contents_of(self._done))
        gone = (entry.path for entry in journal.entries if entry.after is None)
        for folder in sorted({path.rpartition("/")[0] for path in gone}, reverse=True):
            with suppress(OSError):  # an empty folder does no harm
                self._prune(folder)
        self.discard()

    def discard(self) -> None:
        """The marker goes last: until then a crash finds its way back here."""
        if self.exists:
            for staged in self._staged():
                if staged != self._done:
                    self._writer.delete(staged)
            self._writer.delete(self._done)
            self._writer.delete_folder(self._folder)
        with suppress(OSError):  # the base of installed blocks is in it
            self._writer.delete_folder(dirname(self._folder))

    def _stage(self, changes: Sequence[Change]) -> None:
        with suppress(FileExistsError):
            self._writer.make_folder(dirname(self._folder))
        self._writer.make_folder(self._folder)
        for number, change in enumerate(changes):
            if change.after is None:
                continue
            place, new = self._at(change.path), self._new(number)
            # What holds secrets is never readable by others, not even for a moment.
            private = change.before is not None or basename(place) in _SECRET_FILES
            self._writer.create(new, change.after, private=private)
            if change.before is not None:
                self._writer.keep(place, self._old(number))
                wear(new, os.stat(place))
        # All are written before the first is flushed: the disk then takes them in one go.
        self._writer.flush(self._staged())

    def _prepare(self, journal: Journal) -> None:
        draft = join(self._folder, "journal.draft")
        self._writer.create(draft, journal.to_bytes())
        self._writer.flush([draft])
        self._writer.move(draft, self._journal)
        self._writer.flush([self._folder])

    def _switch(self, journal: Journal) -> None:
        for folder in journal.folders:
            self._writer.make_folder(self._at(folder))
        for number, entry in enumerate(journal.entries):
            place = self._at(entry.path)
            if _digest_of(place) != entry.before:
                raise ProjectChanged(entry.path)
            if entry.after is None:
                self._writer.move(place, self._old(number))
            else:
                self._writer.move(self._new(number), place)
        self._flush_folders(journal)

    def _commit(self) -> None:
        self._writer.move(self._journal, self._done)
        self._writer.flush([self._folder])

    def _restore(self, number: int, entry: Entry) -> bool:
        """Whether the file is as it was before the transaction."""
        place = self._at(entry.path)
        found = _digest_of(place)
        if found == entry.before:
            return True
        if found != entry.after:
            return False
        if entry.before is None:
            self._writer.delete(place)
        else:
            self._make_folders(entry.path)
            self._writer.move(self._old(number), place)
        return True

    def _flush_folders(self, journal: Journal) -> None:
        changed = (*journal.folders, *(entry.path for entry in journal.entries))
        folders = sorted({path.rpartition("/")[0] for path in changed})
        there = filter(isdir, map(self._at, folders))
        self._writer.flush([self._folder, *there])

    def _make_folders(self, path: str) -> None:
        for folder in folders_of(path):
            if not isdir(self._at(folder)):
                self._writer.make_folder(self._at(folder))

    def _prune(self, folder: str) -> None:
        """Remove a folder that the plan emptied, and those above it that this empties."""
        while folder and _is_empty_but_for_caches(place := self._at(folder)):
            if isdir(cache := join(place, "__pycache__")):
                for cached in os.listdir(cache):
                    self._writer.delete(join(cache, cached))
                self._writer.delete_folder(cache)
            self._writer.delete_folder(place)
            folder = folder.rpartition("/")[0]

    def _journal_of(self, changes: Iterable[Change]) -> Journal:
        needed = all_folders_of(change.path for change in changes if change.after is not None)
        missing = sorted(folder for folder in needed if not isdir(self._at(folder)))
        entries = tuple(Entry(c.path, c.before_sha256, c.after_sha256) for c in changes)
        return Journal(tuple(missing), entries)

    def _at(self, path: str) -> str:
        return join(self._root, path)

    def _old(self, number: int) -> str:
        return join(self._folder, f"{number}.old")

    def _new(self, number: int) -> str:
        return join(self._folder, f"{number}.new")

    def _staged(self) -> list[str]:
        return [join(self._folder, name) for name in sorted(os.listdir(self._folder))]


def _digest_of(place: str) -> str | None:
    return digest(contents_of(place)) if isfile(place) else None


def _is_empty_but_for_caches(folder: str) -> bool:
    return isdir(folder) and {"__pycache__"}.issuperset(os.listdir(folder))
