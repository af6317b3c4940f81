"""`status`: what became of the installed blocks."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi_registry.adapters.installed import offer_for
from fastapi_registry.cli.carry_out import look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.status import BlockStatus
from fastapi_registry.engine.status import status as status_of


@command(example="fastapi-blocks status --json")
def status(run: Run) -> int:
    """Tell which installed blocks you have edited, and which have a newer version."""
    project = look_at(run.project, run)
    offer = offer_for(lock_of(project), run.project, only_to_look=True)
    newest = {name: manifest.version for name, manifest in offer.manifests.items()}
    blocks = status_of(project, newest)
    run.output.say(*offer.notes)
    if not blocks:
        run.output.say("No blocks are installed here")
    run.output.data(line for block in blocks for line in _lines(block))
    return run.output.document({"blocks": [_entry(block) for block in blocks]})


def _lines(block: BlockStatus) -> Iterator[str]:
    newer = f"  ({block.newest} is out)" if block.is_outdated else ""
    yield f"{block.name:<16} {block.version:<8} {block.standing}{newer}"
    yield from (f"  ~ {path}" for path in block.edited)
    yield from (f"  - {path}" for path in block.deleted)
    yield from (f"  ! {path}" for path in block.conflicted)


def _entry(block: BlockStatus) -> dict[str, object]:
    lists = ("edited", "deleted", "conflicted")
    return {
        "name": block.name,
        "version": block.version,
        "standing": block.standing,
        "newest": block.newest or block.version,
        "outdated": block.is_outdated,
        **{name: list(getattr(block, name)) for name in lists},
    }
