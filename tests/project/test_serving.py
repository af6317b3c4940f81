"""A generated project under its servers: what they listen on, how they end, what they tell."""

from __future__ import annotations

import gzip
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
import pytest

from tests.project.generated import Project, Server, new_project
from tests.services import free_port

pytestmark = pytest.mark.slow

ROUTES = """

from fastapi import Request


@app.get("/where")
async def where(request: Request) -> str:
    return str(request.url_for("where"))


@app.get("/slow")
async def slow() -> str:
    import asyncio

    print("slow has begun", flush=True)
    await asyncio.sleep(1)
    return "done"
"""
PROXY = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = new_project(tmp_path_factory.mktemp("served") / "shop")
    with (made.folder / "app/main.py").open("a") as main:
        main.write(ROUTES)
    return made


@contextmanager
def started(project: Project, *command: str, url: str, log: Path) -> Iterator[Server]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(project.python), *command],
            cwd=project.folder,
            env=project.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(url, process, log)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        if process.poll() is None:
            server.stop()


def test_serve_does_what_its_settings_say(project: Project, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    configured = project.with_variables(
        HOST="127.0.0.2",
        PORT=str(port),
        RELOAD="true",
        ROOT_PATH="/shop",
        TRUSTED_PROXIES="127.0.0.0/8",
    )

    with started(
        configured, "manage.py", "serve", url=f"http://127.0.0.2:{port}", log=log
    ) as server:
        description = httpx2.get(f"{server.url}/openapi.json").json()
        where = httpx2.get(f"{server.url}/where", headers=PROXY).json()
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"http://127.0.0.1:{port}/health")

    assert description["servers"] == [{"url": "/shop"}]
    assert where == f"https://127.0.0.2:{port}/shop/where"
    assert "Started reloader process" in log.read_text()


def test_workers_finish_what_has_begun_before_they_end(project: Project, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    command = ("manage.py", "serve", "--workers", "2")
    configured = project.with_variables(PORT=str(port))

    with started(configured, *command, url=f"http://127.0.0.1:{port}", log=log) as server:
        assert_finishes_what_has_begun(server)


def test_fastapi_run_sends_spans_where_the_variables_say(project: Project, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    with Collector.listening() as collector:
        telling = project.with_variables(
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_SERVICE_NAME="shop"
        )
        run = ("-m", "fastapi", "run", "--port", str(port))
        with started(telling, *run, url=f"http://127.0.0.1:{port}", log=log) as server:
            assert httpx2.get(f"{server.url}/health/ready").status_code == 200
            assert_finishes_what_has_begun(server)

    spans = collector.received["/v1/traces"]
    assert b"GET /health/ready" in spans
    assert b"shop" in spans
    assert b"http.server.request.duration" in collector.received["/v1/metrics"]


def assert_finishes_what_has_begun(server: Server) -> None:
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(httpx2.get, f"{server.url}/slow", timeout=20)
        wait_until(lambda: "slow has begun" in server.log.read_text())
        server.process.send_signal(signal.SIGTERM)

        assert answer.result().json() == "done"
    assert server.process.wait(20) in (0, -signal.SIGTERM)
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{server.url}/health")


class Collector(ThreadingHTTPServer):
    """Takes what OTLP exporters send, as it comes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.received: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @classmethod
    @contextmanager
    def listening(cls) -> Iterator[Collector]:
        with cls() as collector:
            thread = Thread(target=collector.serve_forever, args=(0.01,))
            thread.start()
            yield collector
            collector.shutdown()
            thread.join()


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.received[self.path] = self.server.received.get(self.path, b"") + body
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the tests say what they saw."""


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
