"""`registry`: names for registries, so that `@acme/billing` means something."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

import click

from fastapi_registry.cli.carry_out import carry_out, finish, look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.plan import Plan, difference
from fastapi_registry.engine.registries import (
    PATH,
    RegistryEntry,
    registries_of,
    registry_name,
    token_variable,
)
from fastapi_registry.engine.registry_url import registry_url
from fastapi_registry.engine.tree import Tree

Action = Literal["list", "add", "remove"]


@command(example="fastapi-blocks registry add @acme https://blocks.acme.example", writes=True)
@click.argument("action", type=click.Choice(["list", "add", "remove"]))
@click.argument("name", required=False, metavar="[@NAME]")
@click.argument("url", required=False)
def registry(run: Run, action: Action, name: str | None, url: str | None) -> int:
    """List, add or remove the registries that this project has names for.

    They stand in `[tool.fastapi-blocks.registries]` of its pyproject.toml. A token, where a
    registry wants one, is taken from the environment: FASTAPI_BLOCKS_TOKEN_ACME for `@acme`.
    """
    match action, name, url:
        case "list", None, None:
            return _listed(run)
        case "add", str(), str():
            entry = RegistryEntry(registry_name(name), registry_url(url))
            return finish(run, carry_out(run.project, run, _planner(entry, entry.ensure)))
        case "remove", str(), None:
            entry = RegistryEntry(registry_name(name), "")
            return finish(run, carry_out(run.project, run, _planner(entry, entry.remove)))
        case _:
            raise UsageError(
                f"that is not how `registry {action}` is called",
                hint="`registry list`, `registry add @NAME URL` or `registry remove @NAME`",
            )


def _listed(run: Run) -> int:
    """With where its token is looked for and whether it is there; never the token itself."""
    known = registries_of(look_at(run.project, run))
    entries = [
        {
            "name": f"@{name}",
            "url": url,
            "token_variable": token_variable(name),
            "has_token": bool(os.environ.get(token_variable(name))),
        }
        for name, url in known.items()
    ]
    if not entries:
        run.output.say("This project has no names for registries")
    for each in entries:
        state = "set" if each["has_token"] else "not set"
        run.output.data([f"{each['name']:<12} {each['url']}  ({each['token_variable']}: {state})"])
    return run.output.document({"registries": entries})


def _planner(entry: RegistryEntry, edit: Callable[[bytes], bytes]) -> Callable[[Tree], Plan]:
    def plan(project: Tree) -> Plan:
        before = project.get(PATH)
        try:
            after = edit(before or b"")
        except CannotEdit as error:
            return Plan(todo=(error.todo,))
        if before is None and not after:
            return Plan()
        notes = _orphans(project, entry) if edit == entry.remove else ()
        return Plan(changes=difference(project, project.write(PATH, after)), notes=notes)

    return plan


def _orphans(project: Tree, entry: RegistryEntry) -> tuple[str, ...]:
    """What an update will not find any more."""
    blocks = (block for block in lock_of(project).blocks if block.source == f"@{entry.name}")
    return tuple(f"`{block.name}` came from there, and gets no more updates" for block in blocks)
