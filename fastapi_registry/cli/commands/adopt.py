"""`adopt`: a lock for blocks that were copied by hand."""

from __future__ import annotations

from collections.abc import Sequence

import click

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.cli.carry_out import Outcome, carry_out, finish
from fastapi_registry.cli.command import Run, command
from fastapi_registry.engine.adopt import plan_adopt
from fastapi_registry.engine.layout import Layout, layout_of
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.plan import Plan
from fastapi_registry.engine.reference import Named, NotAReference, parse_reference
from fastapi_registry.engine.tree import Tree


@command(example="fastapi-blocks adopt --dry-run", writes=True)
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--root", default="app", show_default=True, metavar="PKG", help="Where they are.")
def adopt(run: Run, names: Sequence[str], root: str) -> int:
    """Record blocks that were copied by hand, as the first registry (0.2) had it done.

    Only `blocks.lock` and `.blocks/` are written: your files stay as they are. Afterwards `status`
    and `diff` tell what differs from the blocks of today, and `update` reaches them.
    """
    wanted = [_normal(name) for name in names]
    outcome = carry_out(run.project, run, lambda project: _plan(project, wanted, root))
    return finish(run, outcome, _steps(outcome))


def _plan(project: Tree, names: Sequence[str], root: str) -> Plan:
    bundled = Bundled()
    for name in names:
        bundled.manifest(name)  # raises `UnknownBlock` for what is none
    layout = layout_of(lock_of(project)) or Layout.below(root)
    blocks = [bundled.load(name) for name in sorted({CORE, *bundled.names()})]
    return plan_adopt(project, blocks, layout, names=names)


def _normal(name: str) -> str:
    """`two-factor` is `two_factor`. Raises `NotAReference` for what is no name of a block."""
    reference = parse_reference(name)
    if not isinstance(reference, Named):
        raise NotAReference(name)
    return reference.name


def _steps(outcome: Outcome) -> list[str]:
    """What is missing around the files – wiring, settings, requirements – is doctor's to tell."""
    return ["fastapi-blocks diff", "fastapi-blocks doctor"] if outcome.written else []
