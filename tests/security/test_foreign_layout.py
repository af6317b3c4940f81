"""The requirements hold where somebody else chose the layout: another root, another package."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.layouts.corpus import CORPUS
from tests.project.generated import Project

pytestmark = pytest.mark.slow

[LAYOUT] = [layout for layout in CORPUS if layout.name == "helper_in_src"]
# How long an answer takes (R19) has nothing to do with the layout.
NAMED_AFTER_REQUIREMENTS = "test_r and not test_r19"
SQLITE = {"TEST_STORAGES": "sqlite", "TEST_DATABASE_URL": ""}


def test_r1_to_r59_hold_in_a_project_of_another_layout(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    folder = tmp_path / LAYOUT.name
    shutil.copytree(LAYOUT.path, folder, ignore=shutil.ignore_patterns("__pycache__"))
    project = Project(folder, variables=SQLITE)
    project.blocks("add", "auth", "--yes", "--no-install", *LAYOUT.flags)

    said = project.module(
        "pytest", "-q", "-k", NAMED_AFTER_REQUIREMENTS, f"{LAYOUT.blocks}/modules/auth"
    )

    passed = re.search(r"(\d+) passed", said)
    record_property(f"named after requirements, in {LAYOUT.blocks}", passed and passed[0])
    assert passed is not None
    assert int(passed[1]) > 300
