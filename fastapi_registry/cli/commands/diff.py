"""`diff`: your edits against what was installed, or what a new version changes."""

from __future__ import annotations

from collections.abc import Sequence

import click

from fastapi_registry.adapters.installed import offer_for
from fastapi_registry.cli.carry_out import look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.drawing import diff_lines
from fastapi_registry.cli.project import layout_in
from fastapi_registry.engine.comparison import upstream_changes, your_edits
from fastapi_registry.engine.lock import LockedBlock, lock_of
from fastapi_registry.engine.plan import Change
from fastapi_registry.engine.reference import normal_name
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.update.choice import NotInstalled


@command(example="fastapi-blocks diff auth --upstream")
@click.argument("name", required=False)
@click.option("--upstream", is_flag=True, help="What the new version changes, your edits apart.")
def diff(run: Run, name: str | None, upstream: bool) -> int:
    """Show what you changed since a block was installed."""
    project = look_at(run.project, run)
    blocks = _chosen(project, name)
    if upstream:
        offer = offer_for(lock_of(project), run.project)
        run.output.say(*offer.notes)
        layout = layout_in(project, run.project)
        offered = [offer.source.load(b.name) for b in blocks if b.name in offer.source.names()]
        changes = {block.name: upstream_changes(project, block, layout) for block in offered}
    else:
        changes = {block.name: your_edits(project, block) for block in blocks}
    run.output.data(line for each in changes.values() for line in diff_lines(each))
    return run.output.document(
        {"blocks": [{"name": name, "files": _files(each)} for name, each in changes.items()]}
    )


def _chosen(project: Tree, name: str | None) -> Sequence[LockedBlock]:
    lock = lock_of(project)
    if name is None:
        return lock.blocks
    block = lock.get(normal_name(name))
    if block is None:
        raise NotInstalled(name)
    return [block]


def _files(changes: Sequence[Change]) -> list[dict[str, object]]:
    return [
        {"path": change.path, "kind": change.kind, "diff": "\n".join(diff_lines([change]))}
        for change in changes
    ]
