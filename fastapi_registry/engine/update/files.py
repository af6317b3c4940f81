"""The files of one block, from the installed version to the new one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fastapi_registry.engine.base import base_of, with_base
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import DecisionNeeded
from fastapi_registry.engine.lock import LockedFile
from fastapi_registry.engine.merge import Labels, has_markers
from fastapi_registry.engine.placing import PathsOccupied, occupied, refuse_unsafe
from fastapi_registry.engine.plan import Conflict
from fastapi_registry.engine.tree import Tree, digest
from fastapi_registry.engine.update.cases import FileCase
from fastapi_registry.engine.update.formatting import Sides, formatted_like_yours
from fastapi_registry.engine.update.table import SIDECAR, Choices, Outcome, outcome


class Unresolved(DecisionNeeded):
    """An update before this one left a conflict that nobody has decided."""

    def __init__(self, paths: Sequence[str]) -> None:
        first, *others = paths
        more = f" and {len(others)} more" if others else ""
        super().__init__(
            f"`{first}`{more} still has a conflict of the last update",
            hint=f"decide, take out the markers (or delete the `{SIDECAR}` file), and run it again",
        )


@dataclass(frozen=True)
class UpdatedFiles:
    """The project with the new files, and what the lock is to say about them."""

    project: Tree
    records: tuple[LockedFile, ...]
    conflicts: tuple[Conflict, ...]
    notes: tuple[str, ...]


def updated_files(
    project: Tree, block: Block, cases: Sequence[FileCase], choices: Choices
) -> UpdatedFiles:
    """Raises `Unresolved`, `DamagedBase`, `PathsOccupied`, or what forbids a path."""
    _refuse_unresolved(project, cases)
    sides = _sides(project, cases, choices)
    outcomes = [
        outcome(case, sides.get(case.path), _labels(block, case), choices) for case in cases
    ]
    records = tuple(each.record for each in outcomes if each.record is not None)
    return UpdatedFiles(
        with_base(_placed(project, cases, outcomes), _remembered(cases, records)),
        records,
        tuple(each.conflict for each in outcomes if each.conflict is not None),
        tuple(each.note for each in outcomes if each.note),
    )


def _refuse_unresolved(project: Tree, cases: Iterable[FileCase]) -> None:
    unresolved = [case.path for case in cases if _is_unresolved(project, case)]
    if unresolved:
        raise Unresolved(unresolved)


def _is_unresolved(project: Tree, case: FileCase) -> bool:
    if case.installed is None or case.installed.state != "conflicted" or case.yours is None:
        return False
    return has_markers(case.yours) or case.path + SIDECAR in project


def _sides(project: Tree, cases: Iterable[FileCase], choices: Choices) -> dict[str, Sides]:
    """The three texts of each merge by path; those of Python as the user formats them."""
    raw = {case.path: sides for case in cases if (sides := _raw_sides(project, case))}
    if choices.formatter is None:
        return raw
    python = {path: sides for path, sides in raw.items() if path.endswith(".py")}
    return raw | formatted_like_yours(python, choices.formatter)


def _raw_sides(project: Tree, case: FileCase) -> Sides | None:
    if case.yours is None or case.theirs is None or not case.needs_merge:
        return None
    base = b"" if case.installed is None else base_of(project, case.installed.base)
    return Sides(base, case.yours, case.theirs)


def _labels(block: Block, case: FileCase) -> Labels:
    before = case.installed.base_version if case.installed else ""
    return Labels("yours", f"{block.name} {before}".strip(), f"{block.name} {block.version}")


def _placed(project: Tree, cases: Iterable[FileCase], outcomes: Iterable[Outcome]) -> Tree:
    """`project` with the outcomes. What stands in the way of a new file is the user's."""
    files = [item for each in outcomes for item in each.files.items()]
    written = {path: content for path, content in files if content is not None}
    cleared = project.without(*(path for path, content in files if content is None))
    refuse_unsafe(cleared, written)
    here = {case.path for case in cases if case.yours is not None}
    in_the_way = occupied(cleared, {path: written[path] for path in written.keys() - here})
    if in_the_way:
        raise PathsOccupied(in_the_way)
    return cleared.merged(written)


def _remembered(cases: Iterable[FileCase], records: Iterable[LockedFile]) -> Iterator[bytes]:
    """The contents that the next update will need as its base."""
    known = {digest(case.theirs): case.theirs for case in cases if case.theirs is not None}
    known[digest(b"")] = b""
    return (known[record.base] for record in records if record.base in known)
