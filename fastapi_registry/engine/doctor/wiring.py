"""Whether the application still has its blocks: the hub, and the seams in the user's files."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi_registry.engine.doctor.finding import Finding, Paste, Shell, pastes
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import Lock, Seam
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.plan import Todo
from fastapi_registry.engine.seams import fact_of
from fastapi_registry.engine.tree import Tree


def broken_wiring(project: Tree, lock: Lock, layout: Layout) -> Iterator[Finding]:
    """The lines to paste of one finding come after those of the findings before it."""
    for block in lock.blocks:
        for seam in block.seams:
            source = project.get(seam.path)
            if seam.kind == "hub" and (block.name == CORE) == (source is not None):
                continue  # the hub itself is core's; what it says of a block is that block's
            if source is None:
                what = f"`{seam.path}`, where your application meets its blocks, is gone"
                yield Finding(_kind(seam), what, (Shell(f"git checkout -- {seam.path}"),))
                continue
            try:
                whole = fact_of(seam, block, layout).ensure(source)
            except CannotEdit as refusal:
                yield _uneditable(seam, refusal.todo)
                continue
            if whole != source:
                yield Finding(_kind(seam), _missing(seam), pastes(seam.path, source, whole))
                project = project.write(seam.path, whole)


def _uneditable(seam: Seam, todo: Todo) -> Finding:
    paste = Paste(todo.path or seam.path, todo.line or 1, tuple(todo.snippet.splitlines()))
    return Finding(_kind(seam), f"{_missing(seam)}: {todo.why}", (paste,))


def _kind(seam: Seam) -> str:
    return "hub" if seam.kind == "hub" else "seam"


def _missing(seam: Seam) -> str:
    return f"`{seam.fact}` is missing in {seam.path}"
