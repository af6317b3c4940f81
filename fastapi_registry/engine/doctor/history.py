"""Whether Alembic would still find its way through the project's history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fastapi_registry.engine.doctor.finding import Finding, Shell
from fastapi_registry.engine.edits.alembic import AND_BELOW, Revision, history
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import Lock
from fastapi_registry.engine.tree import Tree


def broken_history(project: Tree, lock: Lock, layout: Layout) -> Iterator[Finding]:
    """Several heads are only told where neither a gap nor a computed link explains them."""
    known = {each.revision: each for each in history(project, *layout.locations)}
    gaps = [*_missing(known, lock), *_leading_nowhere(known, lock, layout)]
    yield from gaps
    heads = _heads(known)
    if len(heads) > 1 and not gaps and all(each.is_clear for each in known.values()):
        what = f"the migrations in {_folders(layout)} have several heads: {', '.join(heads)}"
        yield Finding("migration", what, (Shell('alembic merge heads -m "join the heads"'),))


def _missing(known: Mapping[str, Revision], lock: Lock) -> Iterator[Finding]:
    for block in lock.blocks:
        for step in block.migrations:
            if step.revision not in known:
                what = f"the revision {step.revision} of `{block.name}` is gone: {step.path}"
                yield Finding("migration", what, (Shell(f"git checkout -- {step.path}"),))


def _leading_nowhere(
    known: Mapping[str, Revision], lock: Lock, layout: Layout
) -> Iterator[Finding]:
    ours = {step.revision for block in lock.blocks for step in block.migrations}
    for each in known.values():
        for down in sorted({*each.downs} - {*known, *ours}):
            what = f"{each.path} continues `{down}`, which is not in {_folders(layout)}"
            yield Finding("migration", what, (Shell(f"git log --all -- {layout.versions}"),))


def _folders(layout: Layout) -> str:
    folders = (location.removesuffix(AND_BELOW) for location in layout.locations)
    return ", ".join(dict.fromkeys(folders))


def _heads(known: Mapping[str, Revision]) -> list[str]:
    continued = {down for each in known.values() for down in each.downs}
    return sorted(known.keys() - continued)
