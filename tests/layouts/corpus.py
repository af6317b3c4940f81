"""Small projects that other people could have laid out, one folder each in `fixtures/`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.join import plan_join
from fastapi_registry.engine.plan import Plan, applied
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.wishes import Wishes

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"
_LEFT_BY_A_RUN = {"__pycache__", ".pytest_cache"}


@dataclass(frozen=True)
class Layout:
    """One project, and what `corpus.toml` expects of it."""

    name: str
    about: str
    app: str = ""
    finished: str = ""
    blocks: str = ""
    url: str = ""
    folder: str = "."
    start: str = ""
    migrate: str = ""
    flags: tuple[str, ...] = ()
    undecided: str = ""
    refused: str = ""
    python: str = "3.11"
    era: str = ""
    database: Mapping[str, str] = field(default_factory=dict)
    api: str = "/api/v1"

    @property
    def path(self) -> Path:
        return FIXTURES / self.name

    @property
    def tree(self) -> Tree:
        return Tree(
            {
                path.relative_to(self.path).as_posix(): path.read_bytes()
                for path in sorted(self.path.rglob("*"))
                if path.is_file() and not _LEFT_BY_A_RUN & set(path.parts)
            }
        )

    @property
    def wishes(self) -> Wishes:
        given = dict(zip(self.flags[::2], self.flags[1::2], strict=True))
        return Wishes(
            app=given.get("--app"),
            alembic=given.get("--alembic"),
            table_prefix=given.get("--table-prefix"),
        )

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def version(self) -> tuple[int, ...]:
        """The oldest Python that can run it."""
        return tuple(map(int, self.python.split(".")))

    def __str__(self) -> str:
        return self.name


def _layout(name: str, facts: dict[str, str]) -> Layout:
    return Layout(name, **{**facts, "flags": tuple(facts.get("flags", ()))})  # type: ignore[arg-type]


CORPUS = tuple(
    _layout(name, facts)
    for name, facts in tomllib.loads((HERE / "corpus.toml").read_text()).items()
)
SERVED = tuple(layout for layout in CORPUS if not layout.refused)
REFUSED = tuple(layout for layout in CORPUS if layout.refused)
STARTED = tuple(layout for layout in SERVED if layout.start)


@cache
def auth_and_core() -> tuple[Block, ...]:
    bundled = Bundled()
    return bundled.load("core"), bundled.load("auth")


def planned(project: Tree, wishes: Wishes) -> Plan:
    """`add auth`, as a plan."""
    return plan_join(
        project,
        auth_and_core(),
        direct=("auth",),
        fresh_secret=lambda kind: "ThuN5vRcG0qZx8sKbY2mWl7EpJ4oDfTa",
        wishes=wishes,
    )


@cache
def plan_of(layout: Layout) -> Plan:
    return planned(layout.tree, layout.wishes)


@cache
def joined(layout: Layout) -> Tree:
    """The project with `auth` in it."""
    return applied(plan_of(layout), layout.tree)
