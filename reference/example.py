"""The example project, asked in a process of its own: its package `app` is not ours to import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi_registry.adapters.bundled import EXAMPLE_PROJECT

ROOT = Path(__file__).parents[1]
SECRET = "nothing is signed while documentation is written"  # noqa: S105


def ask(imports: str, expression: str) -> Any:
    """What `expression` is there."""
    python = f"import json\n{imports}\nprint(json.dumps({expression}))"
    return _said(EXAMPLE_PROJECT, ["-c", python], PYTHONPATH=str(ROOT), SECRET_KEY=SECRET)


def defaults() -> Mapping[str, str | None]:
    """Each setting where nothing is set, as `settings` prints it; `None` where it has no value."""
    with tempfile.TemporaryDirectory() as nowhere:  # no `.env` is there
        asked = ["-m", "app", "settings", "--json"]
        said = _said(Path(nowhere), asked, PYTHONPATH=str(EXAMPLE_PROJECT))
    return {row["name"]: row["value"] for row in said["settings"]}


def _said(folder: Path, arguments: Sequence[str], **variables: str) -> Any:
    plain = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=plain | {"PYTHONDONTWRITEBYTECODE": "1"} | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
