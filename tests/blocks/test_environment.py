"""What `.env.example` shows is what holds: the manifests' words agree with the settings' defaults.

`block.toml` is where a variable is explained; the settings class is where it has its default.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from fastapi_registry.engine.manifest import EnvVar
from tests.blocks.bundled import EXAMPLE, NAMES, block

VARIABLES = [variable for name in NAMES for variable in block(name).manifest.env]


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_the_example_is_the_default(
    variable: EnvVar, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Where there is one: what is not set needs an example of what could be."""
    default = defaults(tmp_path_factory.getbasetemp())[variable.name]

    assert default in (None, variable.example)


@cache
def defaults(folder: Path) -> dict[str, str | None]:
    """As `settings` prints them where nothing is set."""
    done = subprocess.run(
        [sys.executable, "-m", "app", "settings", "--json"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(EXAMPLE)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {row["name"]: row["value"] for row in json.loads(done.stdout)["settings"]}
