"""Each project of the corpus, run: its own tests, then `add auth`, then both side by side.

What the tool leaves to the user is done here word for word, as a user would.
"""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.layouts.corpus import STARTED, Layout
from tests.project.generated import PYTHON, Project, clean_environment
from tests.services import free_port

pytestmark = pytest.mark.slow

STARTS_WITHIN_SECONDS = 30
ADA = {"email": "ada@example.com", "password": "a violet umbrella in the rain", "name": "Ada"}
TOOL = str(PYTHON.with_name("fastapi-blocks"))


@pytest.fixture(params=STARTED, ids=str)
def layout(request: pytest.FixtureRequest) -> Layout:
    found: Layout = request.param
    return found


@pytest.fixture
def project(layout: Layout, tmp_path: Path) -> Project:
    folder = tmp_path / layout.name
    shutil.copytree(layout.path, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return Project(folder, variables={"EMAIL_VERIFICATION_REQUIRED": "false"})


def test_the_project_and_its_blocks_work_side_by_side(layout: Layout, project: Project) -> None:
    inside = Project(project.folder / layout.folder, variables=project.variables)
    inside.module("pytest", "-q", "-p", "no:cacheprovider")
    before = answers(inside, layout)

    done = add_auth(project, layout)
    for todo in done["todo"]:
        append(project.folder / todo["path"], todo["snippet"])
    for step in done["next"]:
        if "upgrade" in step:  # the packages are there already
            inside.run(*shlex.split(step))
    if layout.migrate:
        inside.run(
            "alembic", "check"
        )  # nothing of theirs is to be dropped, nothing of ours missing

    assert json.loads(again(project, layout))["changes"] == []
    inside.module("pytest", "-q", "-p", "no:cacheprovider")
    with started(inside, layout) as url:
        assert seen(url) == before
        ada_registers_and_logs_in(url)


def add_auth(project: Project, layout: Layout) -> Any:
    """What `add` answers: exit 3 where something is left to the user, else 0."""
    command = [TOOL, "add", "auth", "--yes", "--no-install", "--json", *layout.flags]
    done = subprocess.run(
        command, cwd=project.folder, env=clean_environment(), capture_output=True, text=True
    )
    answer = json.loads(done.stdout)
    assert done.returncode == (3 if answer["todo"] else 0), done.stderr
    return answer


def again(project: Project, layout: Layout) -> str:
    return project.run(TOOL, "add", "auth", "--yes", "--no-install", "--json", *layout.flags)


def append(path: Path, snippet: str) -> None:
    """On a line of its own, also where the file has no last newline."""
    present = path.read_text() if path.exists() else ""
    gap = "" if present.endswith("\n") or not present else "\n"
    path.write_text(f"{present}{gap}{snippet}\n")


def answers(project: Project, layout: Layout) -> dict[str, object]:
    with started(project, layout) as url:
        return seen(url)


def seen(url: str) -> dict[str, object]:
    """What strangers see of the old routes, also of those that are wrong."""
    paths = ("/ping", "/api/ping", "/v1/items", "/nothing/here", "/health", "/")
    responses = {path: httpx2.post(url + path, json={}) for path in paths}
    responses |= {f"GET {path}": httpx2.get(url + path) for path in paths}
    return {
        name: (answer.status_code, answer.headers.get("x-orders"), answer.text)
        for name, answer in responses.items()
    }


def ada_registers_and_logs_in(url: str) -> None:
    api = f"{url}/api/v1"
    registered = httpx2.post(f"{api}/auth/register", json=ADA)
    assert registered.status_code == 201, registered.text
    tokens = httpx2.post(f"{api}/auth/login", json=ADA | {"name": None}).json()
    headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
    assert httpx2.get(f"{api}/auth/me", headers=headers).json()["email"] == ADA["email"]


@contextmanager
def started(project: Project, layout: Layout) -> Iterator[str]:
    """The project under its own start command, on a free port."""
    port = free_port()
    command = [str(PYTHON.with_name(layout.start.split()[0])), *shlex.split(layout.start)[1:]]
    if command[0] != str(PYTHON.with_name("python")):
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
