"""`list`: the blocks that there are."""

from __future__ import annotations

import click

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.cli.carry_out import look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.listing import block_entry, block_line, speaks_of
from fastapi_registry.engine.lock import lock_of


@command(example="fastapi-blocks list --search password")
@click.option("--search", "-s", metavar="WORD", default="", help="Those that speak of it.")
def list_blocks(run: Run, search: str) -> int:
    """List the blocks that there are; those that the project has are marked."""
    source = Bundled()
    installed = lock_of(look_at(run.project, run)).versions
    manifests = [source.manifest(name) for name in sorted(source.names())]
    found = [manifest for manifest in manifests if speaks_of(manifest, search)]
    run.output.data(block_line(manifest, installed.get(manifest.name)) for manifest in found)
    entries = [block_entry(manifest, installed.get(manifest.name)) for manifest in found]
    return run.output.document({"blocks": entries})
