"""Invariant 6: the tests that travel with a block pass wherever it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastapi_registry.engine.manifest import CORE
from tests.blocks.bundled import NAMES, folder_of
from tests.project.environments import environment_of, newest_python
from tests.project.generated import Project, new_project

pytestmark = pytest.mark.slow

ON_SQLITE = {"TEST_STORAGES": "sqlite"}
"""The other storages are the same on every Python, and take three times as long."""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return new_project(tmp_path_factory.mktemp("everything") / "shop", "--all")


@pytest.mark.parametrize("name", NAMES)
def test_together_with_all_others_on_all_storages(name: str, everything: Project) -> None:
    everything.module("pytest", "-q", folder_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_with_only_what_it_requires_on_the_newest_python(name: str, tmp_path: Path) -> None:
    wanted = [] if name == CORE else ["--with", name]
    project = new_project(tmp_path / "shop", *wanted)
    newest = Project(project.folder, environment_of(newest_python()), ON_SQLITE)

    newest.module("pytest", "-q", "tests", folder_of(name))
