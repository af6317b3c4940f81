"""`diff`: your edits, what a new version changes, and where both of you changed something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from fastapi_registry.adapters.installed import offer_for
from fastapi_registry.cli.carry_out import look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.drawing import diff_lines
from fastapi_registry.cli.project import layout_in
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.comparison import changed_by_both, upstream_changes, your_edits
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.lock import LockedBlock, lock_of
from fastapi_registry.engine.plan import Change
from fastapi_registry.engine.reference import normal_name
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.update.choice import NotInstalled


@dataclass(frozen=True)
class Difference:
    """Of one file. `upstream` is the other change, where both of you made one."""

    change: Change
    upstream: Change | None = None

    def lines(self) -> Iterator[str]:
        if self.upstream is None:
            yield from diff_lines([self.change])
            return
        yield f"=== {self.change.path}: yours"
        yield from diff_lines([self.change])
        yield f"=== {self.upstream.path}: theirs"
        yield from diff_lines([self.upstream])

    def entry(self) -> dict[str, object]:
        upstream = {} if self.upstream is None else {"upstream": _entry(self.upstream)}
        return {**_entry(self.change), **upstream}


@command(example="fastapi-blocks diff auth --upstream")
@click.argument("name", required=False)
@click.option("--upstream", is_flag=True, help="What the new version changes, your edits apart.")
@click.option("--both", is_flag=True, help="Only what both changed: yours, then theirs.")
def diff(run: Run, name: str | None, upstream: bool, both: bool) -> int:
    """Show what you changed since a block was installed.

    `update --dry-run --diff` shows what an update would make of it.
    """
    if upstream and both:
        raise UsageError("--upstream and --both are two questions", hint="ask one of them")
    project = look_at(run.project, run)
    installed = _chosen(project, name)
    if upstream or both:
        found = _against_the_new(project, installed, run, both=both)
    else:
        found = {b.name: [Difference(each) for each in your_edits(project, b)] for b in installed}
    if not any(found.values()):
        run.output.say(_nothing(upstream=upstream, both=both))
    run.output.data(line for each in found.values() for file in each for line in file.lines())
    blocks = [{"name": name, "files": [f.entry() for f in each]} for name, each in found.items()]
    return run.output.document({"blocks": blocks})


def _nothing(*, upstream: bool, both: bool) -> str:
    if both:
        return "No file was changed by both"
    if upstream:
        return "No new version changes a file"
    return "Nothing was edited since it was installed"


def _against_the_new(
    project: Tree, installed: Sequence[LockedBlock], run: Run, *, both: bool
) -> dict[str, list[Difference]]:
    names = {block.name for block in installed}
    offer = offer_for(lock_of(project), run.project, only_to_look=True)
    run.output.say(*offer.notes)
    run.output.say(*(f"`{n}` is not where it came from" for n in offer.gone if n in names))
    layout = layout_in(project, run.project)

    def differences(block: Block) -> list[Difference]:
        if both:
            return [Difference(*pair) for pair in changed_by_both(project, block, layout)]
        return [Difference(change) for change in upstream_changes(project, block, layout)]

    offered = sorted(names.intersection(offer.source.names()))
    return {name: differences(offer.source.load(name)) for name in offered}


def _chosen(project: Tree, name: str | None) -> Sequence[LockedBlock]:
    lock = lock_of(project)
    if name is None:
        return lock.blocks
    block = lock.get(normal_name(name))
    if block is None:
        raise NotInstalled(name)
    return [block]


def _entry(change: Change) -> dict[str, object]:
    lines = diff_lines([change])
    return {"path": change.path, "kind": change.kind, "diff": "\n".join(lines)}
