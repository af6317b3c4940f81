"""A generated project as its owner has it: a folder, a Python, and commands typed in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.services import free_port

PYTHON = Path(sys.executable)
STARTS_WITHIN_SECONDS = 30
ENDS_WITHIN_SECONDS = 600
INHERITED = ("HOME", "LANG", "PATH", "TMPDIR")
UV = {"UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}  # as the Makefile has it
SERVICES = ("TEST_DATABASE_URL", "TEST_REDIS_URL")


def clean_environment(python: Path = PYTHON) -> dict[str, str]:
    """As after opening a terminal: none of the developer's own settings reach the project."""
    kept = {name: os.environ[name] for name in (*INHERITED, *SERVICES) if name in os.environ} | UV
    kept["PATH"] = f"{python.parent}{os.pathsep}{kept['PATH']}"
    if (python.parent.parent / "pyvenv.cfg").exists():
        kept["VIRTUAL_ENV"] = str(python.parent.parent)
    return kept


def ran(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of a command and all that it said. Fails if it does not end."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ENDS_WITHIN_SECONDS,
        )
    except subprocess.TimeoutExpired as hung:
        said = b"".join(filter(None, (hung.stdout, hung.stderr))).decode(errors="replace")
        raise AssertionError(f"{' '.join(command)}: does not end\n{said}") from None
    return done.returncode, done.stdout + done.stderr


@dataclass(frozen=True)
class Project:
    folder: Path
    python: Path = PYTHON
    variables: Mapping[str, str] = field(default_factory=dict)

    def with_variables(self, **variables: str) -> Project:
        return Project(self.folder, self.python, {**self.variables, **variables})

    @property
    def environment(self) -> dict[str, str]:
        return {**clean_environment(self.python), **self.variables}

    def run(self, *command: str, expected: int = 0) -> str:
        """What a command typed in the project says; fails unless it ends with `expected`."""
        exit_code, said = ran(command, self.folder, self.environment)
        assert exit_code == expected, f"{' '.join(command)}: exit {exit_code}\n{said}"
        return said

    def module(self, *arguments: str, expected: int = 0) -> str:
        """`python -m …`, with the project's own Python."""
        return self.run(str(self.python), "-m", *arguments, expected=expected)

    def passes(self, *tests: str) -> str:
        """Its own tests, with the plugin that it names: all of ours take a second to load."""
        lean = self.with_variables(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
        shows_where_it_hangs = ("-o", "faulthandler_timeout=120")
        # Its own: in pytest's usual place it would tidy up after all other runs on this machine.
        aside = ("--basetemp", f"{self.folder}.tmp")
        return lean.module("pytest", "-q", "-p", "anyio", *shows_where_it_hangs, *aside, *tests)

    def manage(self, *arguments: str, expected: int = 0) -> str:
        return self.run(str(self.python), "manage.py", *arguments, expected=expected)

    def blocks(self, *arguments: str, expected: int = 0) -> str:
        """`fastapi-blocks`, the tool itself, in the project's folder."""
        return self.run("fastapi-blocks", *arguments, expected=expected)

    @contextmanager
    def served(self, log: Path | None = None, *, workers: int = 1) -> Iterator[Server]:
        """The application under its documented start command, until the block ends."""
        port = free_port()
        command = ["fastapi", "dev", "--no-reload"]
        if workers > 1:
            command = ["uvicorn", "app.main:app", "--workers", str(workers)]
        log = log or self.folder / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(self.python), "-m", *command, "--port", str(port)],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        server = Server(f"http://127.0.0.1:{port}", process, log)
        try:
            server.wait_until_it_answers(workers)
            yield server
        finally:
            server.stop()


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def api(self) -> str:
        return f"{self.url}/api/v1"

    def wait_until_it_answers(self, workers: int = 1) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS * workers
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.started() >= workers and self.answers():
                return
            time.sleep(0.05)
        raise AssertionError(f"the application did not start:\n{self.log.read_text()}")

    def started(self) -> int:
        """How many processes are at work."""
        return self.log.read_text().count("Application startup complete")

    def answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/health").status_code == 200
        except httpx2.TransportError:
            return False

    def stop(self) -> None:
        """Ctrl-C, and what a server that stops in order says of itself."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


def new_project(folder: Path, *arguments: str, python: Path = PYTHON) -> Project:
    """`fastapi-blocks init`, without installing packages: they are in `python`'s environment."""
    command = ["fastapi-blocks", "init", str(folder), "--no-install", "--yes", *arguments]
    environment = clean_environment() | {"PATH": f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return Project(folder, python)
