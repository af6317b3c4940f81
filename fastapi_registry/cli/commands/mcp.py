"""`mcp`: the commands, for a coding assistant."""

from __future__ import annotations

import sys
from pathlib import Path

from fastapi_registry.cli import main
from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.tools import tools_of
from fastapi_registry.engine.errors import RegistryError


class ExtraMissing(RegistryError):
    def __init__(self) -> None:
        super().__init__(
            "`fastapi-blocks mcp` needs a package that is not installed",
            hint="pip install 'fastapi-blocks-registry[mcp]'",
        )


@command(example="fastapi-blocks mcp --project-path ~/shop", writes=True)
def mcp(run: Run) -> int:
    """Serve these commands to a coding assistant, over the Model Context Protocol.

    The assistant starts this and talks to it over standard input and output, until it closes
    them. Each command is a tool, but for what is not an assistant's: passwords, tokens, programs to
    run, files to overwrite. All of them work in the folder of the project and below it.
    With --dry-run or --check nothing is ever written, whatever the assistant asks for.
    """
    folder = Path(run.project).resolve()
    try:
        from fastapi_registry.cli.serve_tools import serve  # takes a second: only who serves pays
    except ImportError as error:
        raise ExtraMissing from error
    import anyio

    if sys.stdin.isatty():
        run.output.say(f"Serving `{folder}` to an assistant, which would start this itself")
    anyio.run(serve, tools_of(main.program), folder, _flags(run))
    return 0


def _flags(run: Run) -> list[str]:
    """What holds for the server holds for every call."""
    given = {"--dry-run": run.dry_run, "--diff": run.diff, "--check": run.check}
    return [flag for flag, is_given in given.items() if is_given]
