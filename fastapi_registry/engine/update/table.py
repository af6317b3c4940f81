"""What becomes of a file, by what you and the new version made of it.

    yours \\ theirs        the same    changed         gone                 new in this version
    as installed          stays       theirs          goes                 –
    edited                stays       merged          stays, yours alone   –
    deleted, moved away   stays deleted, unless it is restored             comes
    of your own making    –           –               –                    conflict, unless equal

A file that the user moved is treated like one that stayed, and one that the new version renames
moves with its edits. `base` in the lock advances file by file, never for one in conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fastapi_registry.engine.lock import LockedFile
from fastapi_registry.engine.merge import Labels, adapted, has_markers, merge
from fastapi_registry.engine.plan import Conflict
from fastapi_registry.engine.tree import digest
from fastapi_registry.engine.update.cases import FileCase
from fastapi_registry.engine.update.formatting import Formatter, Sides

ConflictStyle = Literal["markers", "sidecar", "abort"]
SIDECAR = ".conflict"
"""Added to the name of a file: the merge with its conflicts, while the file stays as it was."""


@dataclass(frozen=True)
class Choices:
    """How the user wants to be updated."""

    conflict: ConflictStyle
    restore: bool = False
    """Whether files that were deleted come back."""
    formatter: Formatter | None = None


@dataclass(frozen=True)
class Outcome:
    """`record` is what the lock says from now on, `None` for a file that is not ours any more."""

    record: LockedFile | None
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    """New contents by path; `None` deletes."""
    note: str = ""
    conflict: Conflict | None = None


def outcome(case: FileCase, sides: Sides | None, labels: Labels, choices: Choices) -> Outcome:
    """`sides` are there where the case needs a merge."""
    if case.theirs is None:
        return _withdrawn(case)
    if case.yours is None:
        return _absent(case, case.theirs, restore=choices.restore)
    if case.installed and case.installed.state == "conflicted" and case.is_same_version:
        return Outcome(_advanced(case, case.theirs))  # the user has resolved it
    if sides is not None:
        return _merged(case, case.theirs, sides, labels, choices.conflict)
    text = case.yours if case.is_unchanged else adapted(case.theirs, case.yours)
    return Outcome(_advanced(case, case.theirs), _placed(case, text))


def _withdrawn(case: FileCase) -> Outcome:
    """The new version has no such file."""
    if case.yours is None:
        return Outcome(None)
    if case.is_untouched:
        return Outcome(None, {case.path: None})
    return Outcome(None, note=f"`{case.path}` is no longer part of the block; yours stays")


def _absent(case: FileCase, theirs: bytes, *, restore: bool) -> Outcome:
    """It is new, or you deleted it."""
    if case.installed is None or restore:
        return Outcome(_advanced(case, theirs), {case.target: theirs})
    record = case.installed._replace(src=case.src, path=case.target, state="deleted")
    if case.is_unchanged:
        return Outcome(record)
    return Outcome(record, note=f"`{case.target}` stays deleted; `--restore` brings it back")


def _merged(
    case: FileCase, theirs: bytes, sides: Sides, labels: Labels, style: ConflictStyle
) -> Outcome:
    merged = merge(*sides, labels=labels, is_python=case.target.endswith(".py"))
    if merged.is_clean:
        return Outcome(_advanced(case, theirs), _placed(case, merged.text))
    conflict = Conflict(case.target, merged.hunks)
    return Outcome(_in_conflict(case), _shown(case, merged.text, sides.yours, style), "", conflict)


def _shown(
    case: FileCase, merged: bytes, yours: bytes, style: ConflictStyle
) -> Mapping[str, bytes | None]:
    """What is no text has no place for markers: then theirs stands beside yours."""
    if style == "abort":
        return {}
    if style == "markers" and has_markers(merged):
        return _placed(case, merged)
    return {**_placed(case, yours), case.target + SIDECAR: merged}


def _placed(case: FileCase, text: bytes) -> dict[str, bytes | None]:
    """`text` where the file belongs now, and nothing where it was before."""
    return {case.path: None} | {case.target: text}


def _advanced(case: FileCase, theirs: bytes) -> LockedFile:
    return LockedFile(case.src, case.target, digest(theirs), case.version)


def _in_conflict(case: FileCase) -> LockedFile:
    """Its base stays what it was: nothing, for a file that both of you made."""
    known = case.installed or LockedFile(case.src, case.target, digest(b""), "")
    return known._replace(src=case.src, path=case.target, state="conflicted")
