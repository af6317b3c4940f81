"""Invariant 6: every block, with only what it requires, passes its own tests in a fresh project."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastapi_registry.engine.manifest import CORE
from tests.blocks.bundled import NAMES
from tests.project.generated import new_project

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", NAMES)
def test_passes_its_own_tests_in_a_fresh_project(name: str, tmp_path: Path) -> None:
    wanted = [] if name == CORE else ["--with", name]
    project = new_project(tmp_path / "shop", *wanted)

    project.module("pytest", "-q")
