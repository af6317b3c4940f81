"""`list`: the blocks that there are."""

from __future__ import annotations

import click

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.cli.carry_out import look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.manifest import Manifest


@command(example="fastapi-blocks list --search password")
@click.option("--search", "-s", metavar="WORD", default="", help="Those that speak of it.")
def list_blocks(run: Run, search: str) -> int:
    """List the blocks that there are; those that the project has are marked."""
    source = Bundled()
    installed = lock_of(look_at(run.project, run)).versions
    manifests = [source.manifest(name) for name in sorted(source.names())]
    found = [manifest for manifest in manifests if _speaks_of(manifest, search)]
    run.output.data(_line(manifest, installed.get(manifest.name)) for manifest in found)
    entries = [_entry(manifest, installed.get(manifest.name)) for manifest in found]
    return run.output.document({"blocks": entries})


def _speaks_of(manifest: Manifest, word: str) -> bool:
    said = f"{manifest.name} {manifest.title} {manifest.description}".casefold()
    return word.casefold() in said


def _line(manifest: Manifest, installed: str | None) -> str:
    mark = "✓" if installed else " "
    return f"{mark} {manifest.name:<16} {manifest.version:<8} {manifest.title}"


def _entry(manifest: Manifest, installed: str | None) -> dict[str, object]:
    return {
        "name": manifest.name,
        "version": manifest.version,
        "title": manifest.title,
        "description": manifest.description,
        "requires": [str(requirement) for requirement in manifest.requires],
        "installed": installed,
    }
