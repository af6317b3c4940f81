"""Installing bundled blocks into a project that is a value."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable

from fastapi_registry.engine.install import plan_install
from fastapi_registry.engine.layout import NEW_PROJECT
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.new_project import plan_init
from fastapi_registry.engine.plan import Plan, applied
from fastapi_registry.engine.tree import Tree
from tests.blocks.bundled import EXAMPLE, NAMES, block, project_around_them

ADDED = tuple(name for name in NAMES if name != CORE)


def no_secret(kind: str) -> str:
    return f"a secret of {kind}"


def spread(orders: Iterable[tuple[str, ...]], most: int = 12) -> list[tuple[str, ...]]:
    """All of a few, or some of very many, evenly from the first to the last."""
    listed = list(orders)
    if len(listed) <= most:
        return listed
    return [listed[place * (len(listed) - 1) // (most - 1)] for place in range(most)]


def plan_new(*names: str, fresh_secret: Callable[[str], str] = no_secret) -> Plan:
    """`init --with …` of the example project, under its own name."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    return plan_init(
        Tree(),
        [project_around_them(), *(block(name) for name in (CORE, *names))],
        name=project["name"],
        description=project["description"],
        direct=names,
        fresh_secret=fresh_secret,
    )


def plan_add(project: Tree, name: str) -> Plan:
    return plan_install(
        project,
        [block(name)],
        NEW_PROJECT,
        direct=[name],
        fresh_secret=no_secret,
        pins=project_around_them().manifest.pins,
    )


def new_project(*names: str) -> Tree:
    """With `core` alone, if no other block is named."""
    return applied(plan_new(*names), Tree())
