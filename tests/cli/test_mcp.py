"""`mcp`: a real server, talked to as assistants do, and as they should not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import click
import pytest
from mcp import ClientSession, MCPError, StdioServerParameters, stdio_client
from mcp.types import CallToolResult

import fastapi_registry
from fastapi_registry.adapters.process_lock import alone_in
from tests.cli.conftest import PROGRAM, Blocks, a_block, in_a_process, look

ROOT = Path(fastapi_registry.__file__).parent.parent
ENDS_WITHIN_SECONDS = 30

Document = dict[str, Any]


@asynccontextmanager
async def serving(folder: Path, *flags: str) -> AsyncIterator[ClientSession]:
    """An assistant that is connected to a server of its own."""
    program, *arguments = PROGRAM
    server = StdioServerParameters(
        command=program, args=[*arguments, "mcp", *flags], cwd=str(folder)
    )
    async with stdio_client(server) as streams, ClientSession(*streams) as assistant:
        await assistant.initialize()
        yield assistant


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is served; projects are below it."""
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
async def assistant(workspace: Path) -> AsyncIterator[ClientSession]:
    async with serving(workspace) as connected:
        yield connected


@pytest.fixture
def project(made_project: Path, workspace: Path, request: pytest.FixtureRequest) -> Path:
    """A new project with `core` alone, in the folder that is served."""
    place = workspace / "".join(c if c.isalnum() else "_" for c in request.node.name)
    return Path(shutil.copytree(made_project, place))


@pytest.fixture
def mine(project: Path) -> Path:
    """A small block of somebody's own, in the project."""
    return a_block(project / "greetings")


def document_of(result: CallToolResult) -> Document:
    document: Document = result.structured_content
    return document


async def call(assistant: ClientSession, tool: str, /, **given: object) -> CallToolResult:
    result = await assistant.call_tool(tool, given)
    assert isinstance(result, CallToolResult)
    return result


async def test_offers_tools_with_what_they_promise(assistant: ClientSession) -> None:
    offered = {tool.name: tool for tool in (await assistant.list_tools()).tools}

    assert offered["add"].description is not None
    assert offered["add"].description.startswith("Add blocks, with all that they require.\n\nNAME")
    hints = {name: tool.annotations for name, tool in offered.items()}
    assert {name for name, hint in hints.items() if hint and hint.read_only_hint} == {
        "list", "search", "info", "status", "outdated", "diff", "doctor", "check",
    }  # fmt: skip
    assert {name for name, hint in hints.items() if hint and hint.destructive_hint} == {
        "remove", "undo", "update", "mv", "build",
    }  # fmt: skip


async def test_answers_as_the_command_does(
    assistant: ClientSession, blocks: Blocks, project: Path
) -> None:
    result = await call(assistant, "list", project_path=project.name, search="password")

    assert not result.is_error
    assert (
        document_of(result) == blocks("list", "--search", "password", "--json", at=project).document
    )
    (said,) = result.content
    assert said.type == "text"
    assert json.loads(said.text) == document_of(result)


async def test_shows_a_plan_before_it_writes(
    assistant: ClientSession, project: Path, mine: Path
) -> None:
    before = look(project)
    given = {"project_path": project.name, "names": ["./greetings"], "no_install": True}

    planned = document_of(await call(assistant, "add", **given, dry_run=True, diff=True))
    assert look(project) == before
    added = document_of(await call(assistant, "add", **given))

    assert (planned["written"], added["written"]) == (False, True)
    paths = [change["path"] for change in planned["changes"]]
    assert paths == [change["path"] for change in added["changes"]]
    assert "+from app.modules.greetings.router import router" in planned["diff"]
    assert "GREETINGS_SECRET=…" in planned["diff"]
    status = document_of(await call(assistant, "status", project_path=project.name))
    assert [block["name"] for block in status["blocks"]] == ["core", "greetings", "project"]


async def test_makes_a_project_below(assistant: ClientSession, workspace: Path) -> None:
    result = await call(assistant, "init", path="made/here", name="-n", no_install=True)

    assert document_of(result)["project"] == str(workspace / "made/here")
    assert (workspace / "made/here/blocks.lock").exists()


async def test_loses_nobodys_edits(assistant: ClientSession, project: Path, mine: Path) -> None:
    await call(assistant, "add", project_path=project.name, names=["./greetings"], no_install=True)
    shutil.rmtree(mine)  # it imports itself
    edited = project / "app/modules/greetings/router.py"
    edited.write_text("# mine\n")

    result = await call(assistant, "remove", project_path=project.name, names=["greetings"])

    assert (result.is_error, document_of(result)["exit_code"]) == (False, 3)
    assert edited.read_text() == "# mine\n"


async def test_something_to_do_is_no_error(assistant: ClientSession, project: Path) -> None:
    result = await call(assistant, "add", project_path=project.name, names=["auth"], check=True)

    assert (result.is_error, document_of(result)["exit_code"]) == (False, 4)


async def test_a_refusal_is_one(assistant: ClientSession, project: Path) -> None:
    result = await call(assistant, "remove", project_path=project.name, names=["core"])

    assert result.is_error
    assert document_of(result)["error"]["hint"]


@pytest.mark.parametrize("name", ["--json", "-p", "--", "--project-path=/"])
async def test_a_name_is_no_flag(assistant: ClientSession, name: str) -> None:
    result = await call(assistant, "add", names=[name])

    assert document_of(result)["error"]["message"] == f"`{name}` does not name a block"


async def test_a_wrong_argument_is_refused_in_a_sentence(assistant: ClientSession) -> None:
    result = await call(assistant, "add", names="auth")

    assert result.is_error
    assert document_of(result) == {
        "schema": 1,
        "command": "add",
        "ok": False,
        "exit_code": 2,
        "error": {
            "kind": "WrongCall",
            "message": "`names` is `auth`",
            "hint": "it is a list of texts",
        },
    }


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("status", {"project_path": ".."}),
        ("status", {"project_path": "/"}),
        ("status", {"project_path": "link"}),
        ("init", {"path": "../elsewhere"}),
        ("init", {"path": "link/elsewhere"}),
        ("init", {"path": "~/elsewhere"}),
        ("build", {"folder": "/etc"}),
        ("check", {"folder": "a/../.."}),
        ("add", {"names": ["auth", "../greetings"]}),
        ("add", {"names": [" ~/greetings"]}),
        ("info", {"name": "/etc", "files": True}),
        ("mv", {"old": "a.py", "new": "../a.py"}),
    ],
)
async def test_nothing_leads_out_of_the_folder(
    assistant: ClientSession, workspace: Path, tool: str, given: Document
) -> None:
    if not (workspace / "link").exists():
        (workspace / "link").symlink_to(workspace.parent)
    before = {path.name for path in workspace.parent.iterdir()}

    result = await call(assistant, tool, **given)

    assert result.is_error
    assert document_of(result)["error"]["kind"] == "OutsideTheFolder"
    assert {path.name for path in workspace.parent.iterdir()} == before


async def test_knows_no_other_tools(assistant: ClientSession) -> None:
    with pytest.raises(MCPError, match="there is no tool `create-dev-user`"):
        await assistant.call_tool("create-dev-user", {})


async def test_a_module_of_the_project_is_not_ours(assistant: ClientSession, project: Path) -> None:
    for name in ("click", "json", "fastapi_registry"):
        (project / f"{name}.py").write_text("raise SystemExit('taken over')")

    result = await call(assistant, "status", project_path=project.name)

    assert document_of(result)["ok"] is True


async def test_a_folder_whose_name_is_no_text_ends_nothing(
    assistant: ClientSession, workspace: Path
) -> None:
    unspeakable = workspace / os.fsdecode(b"\xff")
    unspeakable.mkdir()
    (workspace / "spoken").symlink_to(unspeakable)

    result = await call(assistant, "add", project_path="spoken", names=["auth"])

    message = document_of(result)["error"]["message"]
    assert message.startswith(f"`{workspace}/?` is no project with blocks")


async def test_two_at_once_both_land(assistant: ClientSession, project: Path) -> None:
    for name in ("one", "two"):
        a_block(project / name, name)

    async with anyio.create_task_group() as calls:
        for name in ("./one", "./two"):
            calls.start_soon(add, assistant, project, name)

    lock = (project / "blocks.lock").read_text()
    assert all(f'name = "{name}"' in lock for name in ("one", "two"))


async def add(assistant: ClientSession, project: Path, name: str) -> None:
    result = await call(assistant, "add", project_path=project.name, names=[name], no_install=True)
    assert not result.is_error


async def test_a_cancelled_call_leaves_the_project_as_it_was(
    assistant: ClientSession, project: Path, mine: Path
) -> None:
    a_block(project / "later", "later")

    with alone_in(project, print):
        with anyio.move_on_after(1) as waiting:  # for the project, in which we are alone
            await add(assistant, project, "./greetings")
    await add(assistant, project, "./later")

    assert waiting.cancelled_caught
    assert not (project / "app/modules/greetings").exists()
    assert (project / "app/modules/later").exists()


async def test_a_server_that_rehearses_never_writes(shop: Path, greetings: Path) -> None:
    shutil.move(greetings, shop / "greetings")
    before = look(shop)

    async with serving(shop, "--dry-run") as assistant:
        tools = (await assistant.list_tools()).tools
        result = await call(assistant, "add", names=["./greetings"], dry_run=False)

    assert document_of(result)["written"] is False
    assert look(shop) == before
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)


@contextmanager
def spoken_to(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A server, and its pipes."""
    with subprocess.Popen(
        [*PROGRAM, "mcp", "--project-path", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            yield server
        finally:
            server.kill()


def say(server: subprocess.Popen[str], message: Document | str) -> None:
    assert server.stdin is not None
    server.stdin.write(message if isinstance(message, str) else json.dumps(message))
    server.stdin.write("\n")
    server.stdin.flush()


def hear(server: subprocess.Popen[str]) -> Document:
    assert server.stdout is not None
    heard: Document = json.loads(server.stdout.readline())
    return heard


def greet(server: subprocess.Popen[str]) -> None:
    client = {"name": "test", "version": "0"}
    given = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    say(server, {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": given})
    assert hear(server)["result"]["serverInfo"]["name"] == "fastapi-blocks"


def ask(server: subprocess.Popen[str], number: int, tool: str, /, **given: object) -> None:
    params = {"name": tool, "arguments": given}
    say(server, {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})


def test_stays_up_whatever_it_hears(shop: Path) -> None:
    with spoken_to(shop) as server:
        greet(server)
        for line in ("", "{", "[]", "null", '{"jsonrpc": "2.0", "id": 1, "method": "\\ud800"}'):
            say(server, line)
        say(server, {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": 7}})
        refused = hear(server)
        ask(server, 3, "info", name="x" * 200_000)
        too_long = hear(server)
        ask(server, 4, "list")

        assert (refused["id"], refused["error"]["code"]) == (2, -32602)
        assert too_long["result"]["isError"] is True
        assert hear(server)["result"]["isError"] is False


@contextmanager
def waiting_in(shop: Path) -> Iterator[subprocess.Popen[str]]:
    """A server, one call of which waits for the project, in which we are alone."""
    a_block(shop / "greetings")
    with spoken_to(shop) as server, alone_in(shop, print):
        greet(server)
        ask(server, 1, "add", names=["./greetings"], no_install=True)
        ask(server, 2, "version")
        ask(server, 3, "info", name="core")
        assert [hear(server)["id"], hear(server)["id"]] == [2, 3]
        yield server


def test_ends_with_its_input_and_what_runs_with_it(shop: Path, blocks: Blocks) -> None:
    with waiting_in(shop) as server:
        rest, said = server.communicate(timeout=ENDS_WITHIN_SECONDS)

    assert (server.returncode, said.strip()) == (0, "")
    assert [json.loads(line)["id"] for line in rest.splitlines()] == [1]
    assert_nothing_runs_in(shop, blocks)


def test_control_c_ends_it_and_what_runs_with_it(shop: Path, blocks: Blocks) -> None:
    with waiting_in(shop) as server:
        server.send_signal(signal.SIGINT)

        assert server.wait(ENDS_WITHIN_SECONDS) == 130
    assert_nothing_runs_in(shop, blocks)


def assert_nothing_runs_in(shop: Path, blocks: Blocks) -> None:
    """What still waited for the project would be the next to get it."""
    a_block(shop / "later", "later")
    assert in_a_process("add", "./later", "--no-install", at=shop).exit_code == 0

    listed = [block["name"] for block in blocks("status", "--json", at=shop).document["blocks"]]
    assert listed == ["core", "later", "project"]


def test_says_what_to_install(tmp_path: Path) -> None:
    """In an environment that has nothing but click."""
    (tmp_path / "click").symlink_to(Path(click.__file__).parent)

    done = subprocess.run(
        [sys.executable, "-S", "-m", "fastapi_registry", "mcp"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "error: `fastapi-blocks mcp` needs a package that is not installed\n"
        "hint: pip install 'fastapi-blocks-registry[mcp]'\n",
    )
