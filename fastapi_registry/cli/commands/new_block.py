"""`new-block`: the skeleton of a block of one's own."""

from __future__ import annotations

import click

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.cli.carry_out import carry_out, finish
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.project import layout_in
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.new_block import plan_new_block
from fastapi_registry.engine.plan import Plan
from fastapi_registry.engine.reference import normal_name
from fastapi_registry.engine.tree import Tree


@command(example="fastapi-blocks new-block invoices", writes=True)
@click.argument("name")
def new_block(run: Run, name: str) -> int:
    """Start a block of your own, in this project: an endpoint, a test, and its place in the app.

    It is yours alone: no update touches it. `check` tells whether others could install it,
    `build` makes a registry of it.
    """
    root, called = run.project, normal_name(name)

    def plan(project: Tree) -> Plan:
        taken = frozenset({*Bundled().names(), *lock_of(project).versions})
        return plan_new_block(project, layout_in(project, root), called, taken)

    outcome = carry_out(root, run, plan)
    place = f"{layout_in(outcome.before, root).root_path}/modules/{called}"
    return finish(run, outcome, [f"pytest {place}", f"fastapi-blocks check {place}"])
