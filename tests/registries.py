"""A real registry for tests: a folder made by `build`, behind a real server on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from fastapi_registry.engine.tree import digest


@dataclass
class Answer:
    """What the server says instead of the file."""

    status: int = 200
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int | None = None
    """The length it claims, if it is not that of `content`."""
    pause_seconds: float = 0
    """Before each byte."""


@dataclass
class Server:
    """`instead` has answers by path; `asked` remembers what came, with its headers."""

    folder: Path
    instead: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, Message]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    url: str = ""

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    @property
    def tokens(self) -> set[str | None]:
        return {headers["Authorization"] for _, headers in self.asked}

    def answer(self, path: str, headers: Message) -> Answer:
        if path in self.instead:
            return self.instead[path]
        file = self.folder / path.lstrip("/")
        if not file.is_file():
            return Answer(404)
        content = file.read_bytes()
        etag = f'"{digest(content)[:16]}"'
        if headers["If-None-Match"] == etag:
            return Answer(304, headers={"ETag": etag})
        return Answer(200, content, {"ETag": etag})


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    server = Server(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.asked.append((self.path, self.headers))
            answer = server.answer(self.path, self.headers)
            server.statuses.append(answer.status)
            length = len(answer.content) if answer.announced is None else answer.announced
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(length), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            try:
                if answer.pause_seconds:
                    for byte in answer.content:
                        time.sleep(answer.pause_seconds)
                        self.wfile.write(bytes([byte]))
                else:
                    self.wfile.write(answer.content)
            except OSError:  # who asked has had enough
                self.close_connection = True
            if answer.announced is not None:
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Not into the output of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as real:
        real.daemon_threads = True
        server.url = f"http://127.0.0.1:{real.server_address[1]}"
        thread = Thread(target=real.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            real.shutdown()
            thread.join()
