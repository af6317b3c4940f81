"""What a generated project holds itself to: style, types, a truthful database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.databases import postgres_database
from tests.project.environments import environment_of, newest_python
from tests.project.generated import Project, new_project

pytestmark = pytest.mark.slow

BLOCKS = {"core alone": (), "with all": ("--all",)}


@pytest.fixture(params=BLOCKS, ids=lambda name: name.replace(" ", "-"))
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    return new_project(tmp_path / "shop", *BLOCKS[request.param])


def test_holds_its_own_style_and_types(project: Project, mypy_cache: str) -> None:
    project.module("ruff", "check", ".")
    project.module("ruff", "format", "--check", ".")
    project.module("mypy", "--strict", "--cache-dir", mypy_cache, ".")


def test_its_migrations_are_what_its_models_say(project: Project) -> None:
    project.manage("db", "upgrade")

    project.module("alembic", "check")


def test_its_migrations_are_what_its_models_say_on_postgresql(project: Project) -> None:
    with postgres_database() as url:
        moved = project.with_variables(DATABASE_URL=url)
        moved.manage("db", "upgrade")

        moved.module("alembic", "check")


def test_does_all_that_on_the_newest_python(tmp_path: Path, mypy_cache: str) -> None:
    """One after the other: mypy then reads the packages of that Python once."""
    python = environment_of(newest_python())
    for name, flags in BLOCKS.items():
        newest = Project(new_project(tmp_path / name, *flags).folder, python)

        newest.module("mypy", "--strict", "--cache-dir", mypy_cache, ".")
        newest.manage("db", "upgrade")
        newest.module("alembic", "check")
