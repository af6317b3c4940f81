"""`update`: newer versions of installed blocks, merged with your edits."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import click

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.adapters.chance import fresh_secret
from fastapi_registry.adapters.formatter import formatter_of
from fastapi_registry.adapters.installed import offer_for
from fastapi_registry.cli.carry_out import Outcome, carry_out, finish
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.install_packages import install_packages
from fastapi_registry.cli.project import layout_in, upgrade_steps
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.plan import Plan
from fastapi_registry.engine.status import status
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.update import Choices, ConflictStyle, choose_updates, plan_update

NO_WEAKNESS = "no newer version says that it mends a weakness"
NO_FORMATTER = "this project has no formatter set up, so the texts were merged as they are"


@command(example="fastapi-blocks update auth", writes=True)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--conflict",
    type=click.Choice(["markers", "sidecar", "abort"]),
    help="What both of you changed: mark it in the file, write it beside the file, or stop. "
    "Markers on a terminal; without one, stop.",
)
@click.option("--security", is_flag=True, help="Only versions that mend a weakness.")
@click.option("--restore", is_flag=True, help="Bring back files that you deleted.")
@click.option("--no-install", is_flag=True, help="Leave the Python packages to you.")
def update(
    run: Run,
    names: Sequence[str],
    conflict: ConflictStyle | None,
    security: bool,
    restore: bool,
    no_install: bool,
) -> int:
    """Take newer versions of blocks, and keep what you edited.

    Without NAME all installed blocks are updated. `NAME@VERSION` takes that version.
    """
    root = run.project
    shows_the_merge = run.diff and not run.writes
    style = conflict or ("markers" if run.output.can_ask or shows_the_merge else "abort")
    choices = Choices(style, restore, formatter_of(root, os.environ))

    outcome = carry_out(root, run, lambda project: _plan(project, root, names, choices, security))
    installed = install_packages(run, outcome, wished=not no_install)
    steps = (*_decisions(outcome, style), *installed.steps, *upgrade_steps(outcome))
    return finish(run, installed.outcome, steps)


def _plan(
    project: Tree, root: Path, names: Sequence[str], choices: Choices, security: bool
) -> Plan:
    layout = layout_in(project, root)
    offer = offer_for(lock_of(project), root, names)
    if security:
        offer = offer.only_security(lock_of(project))
        if not offer.wanted:
            return Plan(notes=(*offer.notes, NO_WEAKNESS))
    chosen = choose_updates(project, offer.manifests, offer.wanted)
    plan = plan_update(
        project,
        [offer.source.load(name) for name in chosen],
        layout,
        choices=choices,
        fresh_secret=fresh_secret,
        pins=Bundled().project_manifest().pins,
    )
    gone = [f"`{name}` is not where it came from, so it stays as it is" for name in offer.gone]
    notes = [*offer.notes, *gone, *(() if plan.changes else _deleted(project, chosen))]
    if plan.conflicts and choices.formatter is None:
        notes.append(NO_FORMATTER)
    return plan._replace(notes=(*plan.notes, *notes))


def _deleted(project: Tree, names: Collection[str]) -> Iterator[str]:
    """Nothing is to do also where what was deleted is to stay deleted."""
    for block in status(project):
        if block.deleted and block.name in names:
            first, *others = block.deleted
            more = f" and {len(others)} more" if others else ""
            back = f"`fastapi-blocks update {block.name} --restore` brings that back"
            yield f"`{first}`{more} was deleted, and stays so: {back}"


def _decisions(outcome: Outcome, style: ConflictStyle) -> list[str]:
    """How to go on after a conflict."""
    if not outcome.plan.conflicts:
        return []
    if style == "abort":
        return ["fastapi-blocks update --conflict markers, or --conflict sidecar"]
    where = "the marked places" if style == "markers" else "what the `.conflict` files show"
    return [f"decide on {where}", "fastapi-blocks update"]
