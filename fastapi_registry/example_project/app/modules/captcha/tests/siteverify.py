"""A provider on this machine: a real server that speaks `siteverify`."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

HOST = "shop.example"


@dataclass(frozen=True)
class Reply:
    """How an answer differs from the usual one."""

    said: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    raw: bytes | None = None
    delay_seconds: float = 0


class FakeSiteVerify:
    """Finds everybody human, unless a test has it reply otherwise."""

    def __init__(self) -> None:
        self.url = ""
        self.begin(lambda: datetime.now(UTC), {})

    def begin(self, now: Callable[[], datetime], tells: Mapping[str, object]) -> None:
        """A new test. `tells` is what this provider says beside what all of them say."""
        self.now = now
        self.tells = tells
        self.asked: list[dict[str, str]] = []
        self.reply = Reply()

    def answer(self, form: dict[str, str]) -> bytes:
        self.asked.append(form)
        usual = {
            "success": True,
            "challenge_ts": self.now().isoformat().replace("+00:00", "Z"),
            "hostname": HOST,
            "error-codes": [],
        }
        if self.reply.raw is not None:
            return self.reply.raw
        return json.dumps({**usual, **self.tells, **self.reply.said}).encode()


@contextmanager
def serving() -> Iterator[FakeSiteVerify]:
    fake = FakeSiteVerify()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = fake.answer(dict(parse_qsl(self.rfile.read(length).decode())))
            time.sleep(fake.reply.delay_seconds)
            self.send_response(fake.reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if 300 <= fake.reply.status < 400:
                self.send_header("Location", f"{fake.url}/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # else parallel callers would be turned away

    with Server(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
