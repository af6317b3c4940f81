"""Projects as other people's formatters write them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fastapi_registry.engine.tree import Tree

WIDE = """\
line-length = 120
target-version = "py314"
src = [".", "src", "*", "*/src", "*/backend"]
format.quote-style = "single"
lint.select = ["I"]
lint.isort.force-single-line = true
"""
LIKE_BLACK = """\
line-length = 88
lint.select = ["I"]
lint.isort.force-sort-within-sections = true
"""


def reformatted(files: Tree, style: str, folder: Path) -> Tree:
    """What `ruff` makes of them; a file that it cannot read stays as it is."""
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(files.read(path))
    (folder / "ruff.toml").write_text(style)
    for command in (("check", "--fix-only", "--exit-zero"), ("format",)):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--silent"]
        subprocess.run([*ruff, "--config", "ruff.toml"], cwd=folder, check=False)
    return Tree({path: (folder / path).read_bytes() for path in files})
