"""Tools, served over standard input and output: https://modelcontextprotocol.io.

Only this file needs the extra `[mcp]`. Standard output is the protocol, so every call is a process
of its own: one that crashes takes nothing with it, and one that is cancelled can be interrupted.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import anyio
import mcp_types as types
from anyio.abc import Process
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from fastapi_registry.cli.main import INTERRUPTED, PROGRAM
from fastapi_registry.cli.output import document_of, told_of
from fastapi_registry.cli.tools import Tool, call_of
from fastapi_registry.engine.errors import RegistryError, UsageError
from fastapi_registry.version import VERSION

_AT_ONCE: Final = 4
_PATIENCE_SECONDS: Final = 5
_INSTRUCTIONS: Final = """\
Adds backend blocks, authentication first, to a FastAPI project as source code, and keeps them up
to date. `list` and `info` tell what there is, `status` what the project has. Before a tool writes,
look at its plan with `dry_run`, and line by line with `diff`. In an answer, `exit_code` 3 says that
a decision is left to people: see `todo` and `conflicts`; 4, that `check` found something to do.
Where a hint says `fastapi-blocks NAME`, call the tool NAME. Paths are meant from the project.
"""


class OutsideTheFolder(UsageError):
    def __init__(self, path: str, folder: Path) -> None:
        super().__init__(
            f"`{path}` leads out of `{folder}`",
            hint="this server works in that folder alone; whoever starts it chooses it",
        )


class NoAnswer(RegistryError):
    def __init__(self, tool: Tool, exit_code: int | None) -> None:
        super().__init__(
            f"`{tool.name}` ended with exit code {exit_code} and without an answer",
            hint="what it said is in the log of this server",
        )


async def serve(tools: Mapping[str, Tool], folder: Path, flags: Sequence[str]) -> None:
    """Until standard input ends. `flags` are given to every command.

    What runs then, or when a call is cancelled, is interrupted: the project is as it was.
    """
    places = anyio.CapacityLimiter(_AT_ONCE)  # an impatient assistant must not fill the machine
    rehearses = not {"--dry-run", "--check"}.isdisjoint(flags)

    async def list_tools(context: _Context, params: object) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_shown(each, rehearses) for each in tools.values()])

    async def call_tool(
        context: _Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tool = tools.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool `{params.name}`")
        async with places:
            return _result(await _document(tool, params.arguments or {}, folder, flags))

    server: Server[Any] = Server(
        PROGRAM,
        version=VERSION,
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    async with stdio_server() as (reading, writing):
        try:
            await server.run(reading, writing, server.create_initialization_options())
        except anyio.get_cancelled_exc_class():
            # Ctrl-C, or nobody reads any more. The thread that waits for the next line hears of
            # neither, and Python would wait for it.
            os._exit(INTERRUPTED)


_Context = ServerRequestContext[Any, Any]


def _shown(tool: Tool, rehearses: bool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        description=tool.about,
        input_schema=tool.schema,
        annotations=types.ToolAnnotations(
            read_only_hint=rehearses or not tool.writes,
            destructive_hint=tool.writes and not (rehearses or tool.only_adds),
            idempotent_hint=True,  # the fourth invariant: doing it again changes nothing
            open_world_hint=not tool.stays_here,
        ),
    )


def _result(document: Mapping[str, object]) -> types.CallToolResult:
    """An error is what the document calls one: the command could not do what it was called for.

    No exit code is one by itself: with 3 and 4 a conflict, a finding or something to do is the
    answer to the question, and what an assistant takes for a failure it tries again.
    """
    # "replace": a name on the disk need not be text, and the protocol takes nothing else.
    text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace").decode()
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)],
        structured_content=json.loads(text),
        is_error="error" in document,
    )


async def _document(
    tool: Tool, given: Mapping[str, object], folder: Path, flags: Sequence[str]
) -> dict[str, object]:
    try:
        call = call_of(tool, given)
        project = _inside(folder, folder, call.project)
        for path in call.paths:
            _inside(folder, project, path)
        name, *words = call.words
        # `--yes` loses nobody's edits: without a terminal the safe answer is taken anyway.
        common = ("--json", "--yes", f"--project-path={project}", *flags)
        return await _answer(tool, [name, *common, *words], project)
    except RegistryError as error:
        return document_of(tool.name, told_of(error), error.exit_code)


def _inside(folder: Path, start: Path, path: str) -> Path:
    """Where `path` leads from `start`, links followed. Raises `OutsideTheFolder`."""
    place = Path(os.path.realpath(start / path.strip()))
    if path.strip().startswith("~") or not place.is_relative_to(folder):
        raise OutsideTheFolder(path, folder)
    return place


async def _answer(tool: Tool, words: Sequence[str], project: Path) -> dict[str, object]:
    """Raises `NoAnswer`, and `RegistryError` for what the system refuses to start."""
    try:
        process = await anyio.open_process(
            # -P: a `json.py` of the project is not ours.
            [sys.executable, "-P", "-m", "fastapi_registry", *words],
            cwd=project,
            stdin=subprocess.DEVNULL,
            stderr=None,  # the log
            start_new_session=True,  # no terminal to ask at, and heard as a group
        )
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RegistryError(
            f"`{tool.name}` cannot be started in `{project}`: {reason}",
            hint="check `project_path`, and how long the arguments are",
        ) from error
    assert process.stdout is not None
    try:
        said = b"".join([part async for part in process.stdout])
        exit_code = await process.wait()
    except anyio.get_cancelled_exc_class():
        await _interrupt(process)
        raise
    try:
        document: dict[str, object] = json.loads(said)
    except ValueError as error:
        raise NoAnswer(tool, exit_code) from error
    return document


async def _interrupt(process: Process) -> None:
    """As Ctrl-C does, with all that it has started; whoever is deaf to that is killed.

    Even that leaves the project whole: the next command takes back what was half written.
    """
    assert process.stdout is not None
    with anyio.CancelScope(shield=True), suppress(ProcessLookupError):
        await process.stdout.aclose()  # or it could wait for us to read
        if sys.platform == "win32":  # has no such signal for one process
            process.terminate()
        else:
            os.killpg(process.pid, signal.SIGINT)
        with anyio.move_on_after(_PATIENCE_SECONDS):
            await process.wait()
            return
        process.kill()
        await process.wait()
