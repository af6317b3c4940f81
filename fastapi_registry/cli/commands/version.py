"""`version`: the version."""

from __future__ import annotations

from fastapi_registry.cli.command import Run, command
from fastapi_registry.version import NAME_AND_VERSION, VERSION


@command(example="fastapi-blocks version --json")
def version(run: Run) -> int:
    """Print the version."""
    run.output.data([NAME_AND_VERSION])
    return run.output.document({"version": VERSION})
