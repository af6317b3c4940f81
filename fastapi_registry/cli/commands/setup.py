"""`setup`: what the older tool called `init --all`."""

from __future__ import annotations

from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.start_project import Wishes, project_options, start_project


@command(example="fastapi-blocks setup shop", writes=True)
@project_options
def setup(run: Run, wishes: Wishes) -> int:
    """Start a new project with all blocks: the same as `init --all`."""
    return start_project(run, wishes, None)
