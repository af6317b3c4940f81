"""What git leaves out of a commit, though whoever clones the project needs it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from fastapi_registry.engine.base import FOLDER, base_path
from fastapi_registry.engine.doctor.finding import Finding, Paste
from fastapi_registry.engine.lock import LOCK_PATH, lock_of
from fastapi_registry.engine.plan import Plan
from fastapi_registry.engine.tree import Tree, folders_of

_IGNORES = ".gitignore"
_STAYS_HERE = re.compile(rf"(^|/)\.env$|^{re.escape(FOLDER)}/(?!base/|\.git)")


class Rule(NamedTuple):
    """One line of an ignore file, which may be of a folder above the project, or the user's own."""

    source: str
    line: int
    pattern: str


def to_commit(project: Tree) -> frozenset[str]:
    """The files here that we wrote and a clone needs; what is gone is another finding."""
    lock = lock_of(project)
    paths = {LOCK_PATH, f"{FOLDER}/{_IGNORES}", *map(base_path, lock.bases)}
    for block in lock.blocks:
        paths |= {file.path for file in block.files}
        paths |= {seam.path for seam in block.seams} | {step.path for step in block.migrations}
    return frozenset(path for path in paths if path in project)


def written_to_commit(plan: Plan) -> frozenset[str]:
    """What a plan writes, without what stays on this machine: secrets, and what `undo` needs."""
    written = (change.path for change in plan.changes if change.after is not None)
    return frozenset(path for path in written if not _STAYS_HERE.search(path))


def ignored_findings(
    project: Tree, needed: Iterable[str], rules: Mapping[str, Rule]
) -> Iterator[Finding]:
    """`rules` has what is ignored of the needed files and of their folders.

    Of a folder and what is below it only the folder is told. A folder that a rule names while
    its files are committed all the same is well.
    """
    entries: defaultdict[Rule, set[str]] = defaultdict(set)
    for path in needed:
        if path in rules:
            folder = next((each for each in folders_of(path) if each in rules), None)
            entries[rules[folder or path]].add(f"{folder}/" if folder else path)
    for rule, entry in sorted(entries.items()):
        hidden = sorted(entry)
        more = f" and {len(hidden) - 1} more" if len(hidden) > 1 else ""
        place = f"`{rule.pattern}` in {rule.source}, line {rule.line}"
        what = f"git ignores {hidden[0]}{more} ({place}): a clone of the project would lack that"
        yield Finding("ignored", what, (_readmission(project, rule, hidden),))


def _readmission(project: Tree, rule: Rule, hidden: list[str]) -> Paste:
    """Below the rule, or in the project's own file, which goes before those of folders above."""
    folders = (f"{folder}/" for folder in folders_of(hidden[0]))
    deep = [folder for folder in folders if f"/{rule.source}".endswith(f"/{folder}{_IGNORES}")]
    folder = deep[-1] if deep else ""
    path = f"{folder}{_IGNORES}"
    line = len((project.get(path) or b"").splitlines()) + 1
    return Paste(path, line, tuple(f"!/{entry.removeprefix(folder)}" for entry in hidden))
