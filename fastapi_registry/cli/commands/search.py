"""`search`: a block, in every registry that the project knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import click

from fastapi_registry.adapters.bundled import LABEL, Bundled
from fastapi_registry.adapters.registries import Registries
from fastapi_registry.cli.carry_out import look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.listing import block_entry, block_line, speaks_of
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.manifest import Manifest
from fastapi_registry.engine.source import Source


class _Found(NamedTuple):
    source: str
    manifest: Manifest
    installed: str | None

    @property
    def prefix(self) -> str:
        return "" if self.source == LABEL else f"{self.source}/"


@command(example="fastapi-blocks search invoice")
@click.argument("word")
def search(run: Run, word: str) -> int:
    """Search for blocks that speak of WORD, in all registries that the project knows.

    One that does not answer is named, and does not hinder the others.
    """
    installed = {
        (block.source, block.name): block.version
        for block in lock_of(look_at(run.project, run)).blocks
    }
    registries = Registries(run.project)
    found: list[_Found] = []
    failed: dict[str, str] = {}
    for label, opened in _sources(registries):
        try:
            source = opened()
            manifests = [source.manifest(name) for name in sorted(source.names())]
        except RegistryError as error:
            failed[label] = error.message
            continue
        found += (
            _Found(label, manifest, installed.get((label, manifest.name)))
            for manifest in manifests
            if speaks_of(manifest, word)
        )
    run.output.say(*registries.notes, *failed.values())
    run.output.data(block_line(each.manifest, each.installed, each.prefix) for each in found)
    entries = [{"source": f.source, **block_entry(f.manifest, f.installed)} for f in found]
    return run.output.document({"blocks": entries, "failed": failed})


def _sources(registries: Registries) -> Iterator[tuple[str, Callable[[], Source]]]:
    yield LABEL, Bundled
    for name in registries.names():
        yield f"@{name}", partial(registries.named, name)
