"""`outdated`: what an update would bring, and why it matters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi_registry.adapters.installed import offer_for
from fastapi_registry.cli.carry_out import SOMETHING_TO_DO, look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.engine.changelog import Release, releases_since
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.status import BlockStatus, status


@dataclass(frozen=True)
class Outdated:
    block: BlockStatus
    releases: tuple[Release, ...]

    @property
    def is_security(self) -> bool:
        return any(release.is_security for release in self.releases)


@command(example="fastapi-blocks outdated --json")
def outdated(run: Run) -> int:
    """Tell which installed blocks have a newer version, and what it changes."""
    project = look_at(run.project, run)
    offer = offer_for(lock_of(project), run.project, only_to_look=True)
    run.output.say(*offer.notes)
    newest = {name: manifest.version for name, manifest in offer.manifests.items()}
    found = [
        Outdated(block, releases_since(offer.source.load(block.name), block.version))
        for block in status(project, newest)
        if block.is_outdated
    ]
    if not found:
        run.output.say("Every installed block is the newest there is")
    run.output.data(line for each in found for line in _lines(each))
    exit_code = SOMETHING_TO_DO if run.check and found else 0
    return run.output.document({"blocks": [_entry(each) for each in found]}, exit_code)


def _lines(each: Outdated) -> Iterator[str]:
    block = each.block
    mark = "  (security)" if each.is_security else ""
    yield f"{block.name:<16} {block.version} → {block.newest}{mark}"
    for release in each.releases:
        yield f"  {release.version}"
        yield from (f"    {line}".rstrip() for line in release.text.splitlines())


def _entry(each: Outdated) -> dict[str, object]:
    return {
        "name": each.block.name,
        "version": each.block.version,
        "newest": each.block.newest,
        "security": each.is_security,
        "releases": [
            {"version": r.version, "security": r.is_security, "text": r.text} for r in each.releases
        ],
    }
