"""What a page starts in the foreground, and leaves with Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import httpx2

STARTS_WITHIN_SECONDS: Final = 90
STOPS_WITHIN_SECONDS: Final = 60

FOREGROUND = re.compile(
    r"(uv run |\.venv/bin/)*(python -m )?(fastapi (dev|run)|uvicorn|gunicorn|manage\.py serve)\b"
    r"|python (manage\.py|-m \w+) serve\b"
)


def parts(commands: str) -> Iterator[tuple[bool, str]]:
    """The lines of a block, split at what serves: `(True, "fastapi dev")`."""
    lines = commands.splitlines(keepends=True)
    for serves, together in groupby(lines, lambda line: bool(FOREGROUND.match(line))):
        yield serves, "".join(together)


@dataclass(frozen=True)
class Served:
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until_it_answers(self, url: str) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(httpx2.TransportError):
                httpx2.get(url)
                return
            time.sleep(0.05)
        raise AssertionError(f"it did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        """Ctrl-C reaches a whole group of processes: also those of a reloader."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(STOPS_WITHIN_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def serve(command: Sequence[str], *, environment: dict[str, str], log: Path) -> Served:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Served(process, log)
