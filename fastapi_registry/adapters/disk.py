"""The user's project on the disk: read as a tree, changed by a plan as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from os.path import join
from pathlib import Path
from typing import NamedTuple

from fastapi_registry.adapters.failures import CannotWrite, NotRestored
from fastapi_registry.adapters.journal import TRANSACTION, Transaction
from fastapi_registry.adapters.process_lock import RUNNING, OnWait, alone_in, is_idle
from fastapi_registry.adapters.reading import contents_of
from fastapi_registry.adapters.safety import refuse_unsafe
from fastapi_registry.adapters.writer import OnStep, Writer, unobserved
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.plan import Plan
from fastapi_registry.engine.tree import Tree

_NOT_THE_PROJECT = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".idea", ".vscode"}
)
_MARKS_OF_A_CACHE = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
_OURS_WHILE_WRITING = frozenset({TRANSACTION, RUNNING})


def read_project(root: Path) -> Tree:
    """The files of a project, virtual environments and caches left out.

    A folder that is not there is an empty project. A content is read when it is
    first asked for and then kept, so that a plan is made from one reading.
    """
    return Tree(_Files(root))


def linked_code(root: Path) -> Iterator[str]:
    """The symbolic links at the top of a project, or below `src`, that lead to Python code.

    It is no part of what `read_project` reads: it may lie outside the project.
    """
    for path in (*sorted(root.glob("*")), *sorted((root / "src").glob("*"))):
        is_link = path.is_symlink() and path.name not in _NOT_THE_PROJECT
        if is_link and next(path.rglob("*.py"), None) is not None:
            yield path.relative_to(root).as_posix()


def apply(plan: Plan, root: Path, on_step: OnStep = unobserved) -> None:
    """Make the planned changes, all or none; `root` must be ours alone (`alone_in`).

    Raises `ProjectChanged`, `NotOurs`, `UnsafePath` or `CannotWrite`, and then
    the project is as it was, also when it is interrupted.
    """
    if plan.is_empty:
        return
    refuse_unsafe(plan.changes, root)
    transaction = Transaction(root, Writer(on_step))
    try:
        transaction.run(plan.changes)
    except BaseException as error:
        if not transaction.is_committed:
            _roll_back(transaction)
            if isinstance(error, OSError):
                raise CannotWrite.because(error, _where(error, root)) from error
            raise
    with suppress(OSError, KeyboardInterrupt):  # it is done; the next command tidies up
        transaction.tidy()


class Recovered(NamedTuple):
    """The last command was cut off. `left` are files that were edited since, and stay so."""

    left: tuple[str, ...]


def recover(root: Path, on_wait: OnWait, on_step: OnStep = unobserved) -> Recovered | None:
    """Put the project in order if a command was killed while it wrote; `None` is the usual case."""
    if not (root / TRANSACTION).is_dir():
        if is_idle(root):
            Transaction(root, Writer(on_step)).discard()
        return None
    with alone_in(root, on_wait):
        return settle(root, on_step)


def settle(root: Path, on_step: OnStep = unobserved) -> Recovered | None:
    """`recover` for whoever has the project to himself already."""
    transaction = Transaction(root, Writer(on_step))
    if transaction.is_committed:
        transaction.tidy()
    if not transaction.exists:
        return None
    return Recovered(_roll_back(transaction))


def _roll_back(transaction: Transaction) -> tuple[str, ...]:
    try:
        return transaction.roll_back()
    except OSError as error:
        raise NotRestored(error) from error


def _where(error: OSError, root: Path) -> str:
    """The file that an error is about, as the user knows it."""
    name = error.filename2 or error.filename
    if name is None:
        return str(root)
    path = Path(os.fsdecode(name))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


class _Files(Mapping[str, bytes]):
    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._paths = dict.fromkeys(_listed(self._root, ""))
        self._read: dict[str, bytes] = {}

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        if path not in self._read:
            try:
                self._read[path] = contents_of(join(self._root, path))
            except OSError as error:
                raise RegistryError(
                    f"cannot read `{path}`: {(error.strerror or str(error)).lower()}",
                    hint="check who owns it and whether it may be read",
                ) from error
        return self._read[path]

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _listed(folder: str, prefix: str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:  # not there yet, or not for us to see
        return
    if prefix and not _MARKS_OF_A_CACHE.isdisjoint(entry.name for entry in entries):
        return
    for entry in entries:
        path = prefix + entry.name
        if entry.name in _NOT_THE_PROJECT or path in _OURS_WHILE_WRITING:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _listed(entry.path, path + "/")
        elif entry.is_file():
            yield path
