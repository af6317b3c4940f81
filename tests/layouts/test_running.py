"""Each project of the corpus, run: its own tests, then `add auth`, then both side by side.

What the tool leaves to the user is done here word for word, as a user would. The packages are
those of the project's time, the database is its own, and so is the command that starts it.
"""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from fastapi_registry.adapters.disk import apply, read_project
from fastapi_registry.cli.main import run_program
from fastapi_registry.engine.remove import plan_remove
from fastapi_registry.engine.undo.record import with_record
from tests.layouts import probe
from tests.layouts.corpus import HERE, STARTED, Layout
from tests.layouts.eras import python_of
from tests.project.databases import postgres_database
from tests.project.generated import Project
from tests.services import free_port

pytestmark = pytest.mark.slow

STARTS_WITHIN_SECONDS = 30
ADA = {"email": "ada@example.com", "password": "a violet umbrella in the rain", "name": "Ada"}
NOTHING_IS_THERE = (404, 405)
NOBODYS = "GET /nothing/here"
OURS_IF_NOT_THEIRS = ("GET /api/v1/auth/login", "POST /api/v1/auth/login")
LEFT_BY_A_RUN = ("*.db", "*.db-*", "__pycache__", "server.log", ".pytest_cache")
UPGRADE_AND_CHECK = (
    "import sys; from alembic.config import main; "
    "main([*sys.argv[1:], 'upgrade', 'head']); main([*sys.argv[1:], 'check'])"
)


@pytest.fixture(params=STARTED, ids=str)
def layout(request: pytest.FixtureRequest) -> Layout:
    found: Layout = request.param
    return found


@pytest.fixture
def project(layout: Layout, tmp_path: Path) -> Iterator[Project]:
    python = python_of(layout)
    if python is None:
        pytest.skip(f"no Python {layout.python} on this machine")
    folder = tmp_path / layout.name
    shutil.copytree(layout.path, folder, ignore=shutil.ignore_patterns(*LEFT_BY_A_RUN))
    with postgres_database() if layout.database else nullcontext("") as url:
        variables = {name: part_of(url, part) for name, part in layout.database.items()}
        yield Project(folder, python, {"EMAIL_VERIFICATION_REQUIRED": "false", **variables})


def test_the_project_and_its_blocks_work_side_by_side(
    layout: Layout, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    original = files_of(project.folder)
    inside = Project(project.folder / layout.folder, project.python, project.variables)
    before = own_tests_and_answers(inside, layout)

    capsys.readouterr()
    exit_code = run_program(adding(project, layout))
    done = json.loads(capsys.readouterr().out)
    assert exit_code == (3 if done["todo"] else 0)
    pasted = [paste(project.folder / todo["path"], todo["snippet"]) for todo in done["todo"]]
    run_migrations(project, layout, done["next"])

    run_program(adding(project, layout))
    assert json.loads(capsys.readouterr().out)["changes"] == []
    old = theirs(before, before)
    assert theirs(own_tests_and_answers(inside, layout), before) == old
    with started(inside, layout) as url:
        with httpx2.Client(base_url=url) as client:
            assert theirs(probe.seen(client), before) == old
        ada_registers_and_logs_in(url + layout.api)

    for path, content in reversed(pasted):
        path.write_bytes(content)
    remove_auth(project.folder)
    assert files_of(project.folder) == original


def part_of(url: str, part: str) -> str:
    """`host`, `port`, …, or the whole `url`."""
    parts = urlsplit(url)
    known: Mapping[str, object] = {
        "url": url,
        "host": parts.hostname,
        "port": parts.port,
        "user": parts.username,
        "password": parts.password or "",
        "name": parts.path.removeprefix("/"),
    }
    return str(known[part])


def own_tests_and_answers(project: Project, layout: Layout) -> dict[str, Any]:
    """Without the plugins of our own tests, which take longer to load than theirs to run."""
    alone = project.with_variables(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    said = alone.run(str(project.python), "-P", str(HERE / "probe.py"), served_name(layout))
    answers: dict[str, Any] = json.loads(said.splitlines()[-1])
    return answers


def theirs(answers: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Without what stands where nothing was, or only what answers for every path."""
    anything_goes = before[NOBODYS][0] not in NOTHING_IS_THERE
    return {
        asked: answer
        for asked, answer in answers.items()
        if asked not in OURS_IF_NOT_THEIRS
        or not (anything_goes or before[asked][0] in NOTHING_IS_THERE)
    }


def served_name(layout: Layout) -> str:
    """What the start command serves, which may wrap the app; or else the app."""
    return next((word for word in layout.start.split() if ":" in word), layout.app)


def adding(project: Project, layout: Layout) -> list[str]:
    where = ["--project-path", str(project.folder)]
    return ["add", "auth", "--yes", "--no-install", "--json", *where, *layout.flags]


def run_migrations(project: Project, layout: Layout, steps: list[str]) -> None:
    """As `add` says. Theirs is checked too: nothing is to be dropped, nothing of ours missing."""
    (step,) = (step for step in steps if "upgrade" in step)
    enter, _, command = step.rpartition(" && ")
    folder = project.folder / enter.removeprefix("cd ") if enter else project.folder
    inside = Project(folder, project.python, project.variables)
    if not layout.migrate:
        inside.run(*shlex.split(command))
        return
    assert command == layout.migrate
    options = shlex.split(command)[1:-2]
    inside.run(str(project.python), "-c", UPGRADE_AND_CHECK, *options)


def paste(path: Path, snippet: str) -> tuple[Path, bytes]:
    """On a line of its own, also where the file has no last newline. Tells what was there."""
    present = path.read_bytes() if path.exists() else b""
    gap = b"" if present.endswith(b"\n") or not present else b"\n"
    path.write_bytes(present + gap + snippet.encode() + b"\n")
    return path, present


def remove_auth(folder: Path) -> None:
    """Where no database is asked, as after deleting it: what ran our revisions needs them."""
    there = read_project(folder)
    apply(with_record(plan_remove(there, ["auth"]), there, "remove auth"), folder)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path: content
        for path, content in read_project(folder).files.items()
        if not any(Path(path).match(pattern) for pattern in LEFT_BY_A_RUN)
    }


def ada_registers_and_logs_in(api: str) -> None:
    registered = httpx2.post(f"{api}/auth/register", json=ADA)
    assert registered.status_code == 201, registered.text
    tokens = httpx2.post(f"{api}/auth/login", json=ADA | {"name": None}).json()
    headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
    assert httpx2.get(f"{api}/auth/me", headers=headers).json()["email"] == ADA["email"]


@contextmanager
def started(project: Project, layout: Layout) -> Iterator[str]:
    """The project under its own start command, on a free port."""
    port = free_port()
    program, *arguments = shlex.split(layout.start)
    command = [str(project.python.with_name(program)), *arguments]
    if program != "python":
        command += ["--port", str(port), *(["--no-reload"] if "dev" in command else [])]
    log = project.folder / "server.log"
    with log.open("wb") as output:
        environment = project.environment | {"PORT": str(port)}
        process = subprocess.Popen(
            command, cwd=project.folder, env=environment, stdout=output, stderr=output
        )
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        log.unlink()


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx2.get(url)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the project did not start:\n{log.read_text()}")
