"""`info`: what a block brings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from fastapi_registry.adapters.sources import wanted
from fastapi_registry.cli.carry_out import look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.contents import contents_of
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.lock import lock_of


@command(example="fastapi-blocks info auth")
@click.argument("name")
@click.option("--files", is_flag=True, help="With the contents of its files.")
def info(run: Run, name: str, files: bool) -> int:
    """Tell what a block brings: files, endpoints, settings, tables, requirements."""
    asked = wanted([name], run.project)
    run.output.say(*asked.notes)
    if len(asked.names) != 1:
        raise UsageError(f"`{name}` holds several blocks", hint=f"name one: {asked.names}")
    block = asked.source.load(asked.names[0])
    installed = lock_of(look_at(run.project, run)).versions.get(block.name)
    run.output.data(_described(block, installed))
    if files:
        run.output.data(_printed(block))
    return run.output.document(_entry(block, installed, files=files))


def _described(block: Block, installed: str | None) -> Iterator[str]:
    manifest, contents = block.manifest, contents_of(block)
    yield f"{manifest.name} {manifest.version}{'  (installed)' if installed else ''}"
    yield manifest.title
    yield from filter(None, [manifest.description])
    yield from _section("Requires", map(str, manifest.requires))
    yield from _section("Endpoints", contents.endpoints)
    yield from _section("Tables", contents.tables)
    yield from _section("Settings", (f"{each.name}  {each.about}" for each in manifest.env))
    yield from _section("Packages", map(str, manifest.python))
    yield from _section("Files", block.files)


def _section(title: str, lines: Iterable[str]) -> list[str]:
    indented = [f"  {line}" for line in lines]
    return ["", f"{title}:", *indented] if indented else []


def _printed(block: Block) -> Iterator[str]:
    for src in block.files:
        yield from ("", f"=== {src}")
        yield from _text(block, src).splitlines()


def _text(block: Block, src: str) -> str:
    return block.files.read(src).decode("utf-8", "replace")


def _entry(block: Block, installed: str | None, *, files: bool) -> dict[str, object]:
    manifest, contents = block.manifest, contents_of(block)
    return {
        "name": manifest.name,
        "version": manifest.version,
        "title": manifest.title,
        "description": manifest.description,
        "installed": installed,
        "digest": block.digest,
        "requires": [str(requirement) for requirement in manifest.requires],
        "endpoints": list(contents.endpoints),
        "tables": list(contents.tables),
        "env": [{"name": each.name, "about": each.about} for each in manifest.env],
        "dependencies": [str(dependency) for dependency in manifest.python],
        "files": {src: _text(block, src) for src in block.files} if files else list(block.files),
    }
