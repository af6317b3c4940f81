"""`build`: the index of a registry."""

from __future__ import annotations

from pathlib import Path

import click

from fastapi_registry.adapters.bundled import EXAMPLE_PROJECT, INDEX
from fastapi_registry.adapters.folder import published_in
from fastapi_registry.cli.carry_out import carry_out, finish
from fastapi_registry.cli.command import Run, command
from fastapi_registry.engine.index import index_of
from fastapi_registry.engine.plan import Plan, difference
from fastapi_registry.engine.tree import Tree


@command(example="fastapi-blocks build ./my-blocks --check", writes=True)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
def build(run: Run, folder: Path | None) -> int:
    """Write the index of a registry: what is in it, file by file, with digests.

    DIR is a project laid out like the example project, or the folder of one block; without it,
    the blocks that come with this tool. Each folder in `DIR/versions` is an earlier such
    project: put the files of a release there, and its versions can still be had.
    """
    index = INDEX if folder is None else folder.absolute() / INDEX.name
    published = published_in(EXAMPLE_PROJECT if folder is None else folder.absolute())
    content = index_of(published)

    def plan(registry: Tree) -> Plan:
        return Plan(changes=difference(registry, registry.write(index.name, content)))

    return finish(run, carry_out(index.parent, run, plan))
