"""The packages that a project of the corpus runs with: today's, or those of its own time."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tests.blocks.bundled import block
from tests.layouts.corpus import Layout
from tests.project.environments import (
    environment,
    environment_of,
    newest_python,
    oldest_python,
)
from tests.project.generated import PYTHON
from tests.project.test_lowest_versions import (
    CLIENT_OF_OLDER_STARLETTES,
    lowest_versions,
    minima,
)

OF_SQLMODEL = ("fastapi~=0.128.0", "pydantic~=2.12.0", "sqlalchemy~=2.0.44", "sqlmodel~=0.0.30")


@cache
def python_of(layout: Layout) -> Path | None:
    """The interpreter that has them; `None` where no Python of this machine can run it."""
    match layout.era:
        case "lowest":
            return lowest_versions()
        case "sqlmodel":
            return _with_sqlmodel()
    if sys.version_info >= layout.version:
        return PYTHON
    newest = newest_python()
    return environment_of(newest) if newest.version >= layout.version else None


@cache
def _with_sqlmodel() -> Path:
    needed = minima([block("core"), block("auth")])
    tools = [f"pytest=={version('pytest')}", CLIENT_OF_OLDER_STARLETTES]
    return environment(oldest_python(), [*needed, *OF_SQLMODEL, *tools], b"")
