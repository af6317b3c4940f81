"""A plan in words: what it does to which files, and what it leaves to the user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import PurePosixPath

from fastapi_registry.engine.base import FOLDER as TOOL_FOLDER
from fastapi_registry.engine.plan import BlockAction, Change, Plan, Todo
from fastapi_registry.engine.tree import Tree, all_folders_of, folders_of

_DONE = {"add": "Added", "update": "Updated", "remove": "Removed", "adopt": "Adopted"}
_PLANNED = {action: f"Would {action}" for action in _DONE}
_MARKS = {"create": "+", "update": "~", "delete": "-"}
_BASES = f"{TOOL_FOLDER}/base"
"""Its files are called by their digests, which tell nobody anything."""
_MANY = 3
_FEW = 8


def headings(plan: Plan, *, done: bool) -> Iterator[str]:
    """``Added `auth` 1.0.0``: one line for each thing that happens to blocks."""
    words = _DONE if done else _PLANNED
    for action in words:
        names = [_named(block) for block in plan.blocks if block.action == action]
        if names:
            yield f"{words[action]} {', '.join(names)}"


def already_there(plan: Plan) -> str:
    if plan.conflicts:
        return "Nothing was changed: both you and the new version changed the same lines"
    kept = ", ".join(_named(block) for block in plan.blocks if block.action == "keep")
    return f"Nothing to do: {kept} installed" if kept else "Nothing to do"


def file_lines(plan: Plan, before: Tree, *, each: bool) -> Iterator[str]:
    """``+ app/modules/auth/ (18 files)``: one line for a new folder, or for `each` file."""
    for kind, mark in _MARKS.items():
        changes = [change for change in plan.changes if change.kind == kind]
        if each or kind != "update":
            names = [c.path for c in changes] if each else _grouped(changes, before)
            yield from (f"  {mark} {name}" for name in names)
        elif changes:
            yield f"  {mark} {', '.join(change.path for change in changes)}"


def need_lines(plan: Plan, *, each: bool) -> Iterator[str]:
    which = "old" if any(block.action == "remove" for block in plan.blocks) else "new"
    for what, names in (("packages", plan.dependencies), ("settings", plan.env)):
        if names:
            named = each or len(names) <= _FEW
            yield f"  {what}: {', '.join(names) if named else f'{len(names)} {which} ones'}"


def note_lines(plan: Plan) -> Iterator[str]:
    yield from (f"  note: {note}" for note in plan.notes)


def todo_lines(todos: Sequence[Todo]) -> Iterator[str]:
    if todos:
        yield "Left to you:"
    for number, todo in enumerate(todos, 1):
        place = f" ({todo.path}:{todo.line})" if todo.line else f" ({todo.path})"
        yield f"  {number}. {todo.why}{place if todo.path else ''}"
        yield from (f"       {line}" for line in todo.snippet.splitlines())


def step_lines(steps: Sequence[str]) -> Iterator[str]:
    if steps:
        yield "Next:"
    yield from (f"  {number}. {step}" for number, step in enumerate(steps, 1))


def conflict_lines(plan: Plan) -> Iterator[str]:
    for conflict in plan.conflicts:
        count = len(conflict.hunks)
        places = "1 place" if count == 1 else f"{count} places"
        yield f"  ! {conflict.path}: {places} that both sides changed"


def diff_lines(changes: Iterable[Change]) -> Iterator[str]:
    """The unified diff. The values in `.env` are secrets, and a terminal is often recorded."""
    from difflib import unified_diff  # only `--diff` has to pay for it

    for change in changes:
        if change.path.startswith(f"{TOOL_FOLDER}/"):
            continue  # the same texts once more, compressed
        old, new = _shown(change.path, change.before), _shown(change.path, change.after)
        if old is None or new is None:
            yield f"Binary file {change.path}: {change.kind}"
            continue
        before = "/dev/null" if change.before is None else f"a/{change.path}"
        after = "/dev/null" if change.after is None else f"b/{change.path}"
        yield from unified_diff(old, new, before, after, lineterm="")


def _named(block: BlockAction) -> str:
    return f"`{block.name}` {block.version}"


def _grouped(changes: Sequence[Change], before: Tree) -> list[str]:
    """One line for each folder that is new or gets many files, and one for each other file."""
    there = all_folders_of(before)
    counts = Counter(folder for change in changes for folder in [*folders_of(change.path)][-1:])
    crowded = {folder for folder, count in counts.items() if count >= _MANY} | {_BASES}
    usual = there - crowded
    groups = Counter(_group_of(change.path, usual) for change in changes)
    return [_counted(group, groups[group]) for group in sorted(groups)]


def _group_of(path: str, usual: Set[str]) -> str:
    """The outermost folder on the way to `path` that is not as usual, or else the path."""
    return next((f"{folder}/" for folder in folders_of(path) if folder not in usual), path)


def _counted(group: str, count: int) -> str:
    if not group.endswith("/"):
        return group
    return f"{group} ({count} {'file' if count == 1 else 'files'})"


def _shown(path: str, content: bytes | None) -> list[str] | None:
    """The lines of a text; `None` for what is none."""
    try:
        lines = (content or b"").decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return None
    return [_masked(line) for line in lines] if PurePosixPath(path).name == ".env" else lines


def _masked(line: str) -> str:
    key, equals, value = line.partition("=")
    return f"{key}{equals}…" if value and not line.lstrip().startswith("#") else line
