"""The example project, asked in a process of its own: its package `app` is not ours to import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from fastapi_registry.adapters.bundled import EXAMPLE_PROJECT

ROOT = Path(__file__).parents[1]
SECRET = "nothing is signed while documentation is written"  # noqa: S105


def ask(imports: str, expression: str) -> Any:
    """What `expression` is there."""
    plain = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    ours = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "SECRET_KEY": SECRET}
    done = subprocess.run(
        [sys.executable, "-c", f"import json\n{imports}\nprint(json.dumps({expression}))"],
        cwd=EXAMPLE_PROJECT,
        env=plain | ours,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
