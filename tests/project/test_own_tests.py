"""Invariant 6: the tests that travel with a block pass wherever it is installed.

All of them three times, each time on another storage: here with all other blocks, on either end of
the range of Pythons, and in `test_lowest_versions.py` alone with what each requires.
"""

from __future__ import annotations

import pytest

from tests.blocks.bundled import NAMES, folder_of
from tests.project.environments import environment_of, newest_python
from tests.project.generated import Project, new_project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return new_project(tmp_path_factory.mktemp("everything") / "shop", "--all")


@pytest.mark.parametrize("name", NAMES)
def test_together_with_all_others_on_postgresql(name: str, everything: Project) -> None:
    project = everything.with_variables(TEST_STORAGES="postgresql")

    project.passes(folder_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_together_with_all_others_on_sqlite_and_the_newest_python(
    name: str, everything: Project
) -> None:
    python = environment_of(newest_python())
    project = Project(everything.folder, python, {"TEST_STORAGES": "sqlite"})

    project.passes(folder_of(name))
