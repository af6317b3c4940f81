"""Whether logins leave the rest of the application alone: `python -m benchmarks.auth`.

A generated project with auth runs under one uvicorn worker, on SQLite and on PostgreSQL.

- `/health` is asked every 10 ms, first alone, then while eight clients log in without pause.
- Logins with a known and an unknown address take turns, thirty each: their times must not tell
  who has an account.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests import services
from tests.project.databases import postgres_database
from tests.project.generated import Project, Server, new_project

CLIENTS = 8
SECONDS = 6
SAMPLES = 30
EVERY = 0.01
PASSWORD = "seven lamps over a green canal"
KNOWN = {"email": "ada@example.com", "password": PASSWORD}
UNKNOWN = {"email": "nobody@example.com", "password": PASSWORD}


@dataclass(frozen=True)
class Figures:
    storage: str
    quiet: list[float]
    busy: list[float]
    logins_per_second: float
    known: list[float]
    unknown: list[float]

    def row(self) -> str:
        known, unknown = statistics.median(self.known), statistics.median(self.unknown)
        cells = (
            self.storage,
            milliseconds(percentile(self.quiet, 99)),
            milliseconds(percentile(self.busy, 50)),
            milliseconds(percentile(self.busy, 99)),
            f"{self.logins_per_second:.0f}",
            milliseconds(known),
            milliseconds(unknown),
            f"{abs(known - unknown) / known:.1%}",
        )
        return f"| {' | '.join(cells)} |"


HEAD = (
    "| storage | /health p99, quiet | p50, busy | p99, busy | logins/s "
    "| known | unknown | apart |\n|---|---:|---:|---:|---:|---:|---:|---:|"
)


def main() -> None:
    with services.supervised() as running, tempfile.TemporaryDirectory() as name:
        os.environ |= running.environment()
        shop = new_project(Path(name) / "shop", "--with", "auth").with_variables(
            RATE_LIMIT_ENABLED="false", EMAIL_ENABLED="false", LOG_LEVEL="WARNING"
        )
        print(HEAD)
        print(figures("SQLite", shop).row())
        with postgres_database() as url:
            print(figures("PostgreSQL", shop.with_variables(DATABASE_URL=url)).row())


def figures(storage: str, shop: Project) -> Figures:
    shop.manage("db", "upgrade")
    shop.blocks("create-dev-user", "--email", KNOWN["email"], "--password", PASSWORD)
    with shop.served() as server:
        known, unknown = asyncio.run(logins_in_turn(server))
        quiet = asyncio.run(health_times(server))
        crowd = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.auth", server.api],
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(1)  # until the crowd is at it
        busy = asyncio.run(health_times(server))
        said, _ = crowd.communicate()
    return Figures(storage, quiet, busy, float(said), known, unknown)


async def health_times(server: Server) -> list[float]:
    """In seconds, for `SECONDS`."""
    async with httpx2.AsyncClient(base_url=server.url, timeout=30) as client:
        times = []
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            times.append(await timed(lambda: client.get("/health")))
            await asyncio.sleep(EVERY)
        return times


async def logins_in_turn(server: Server) -> tuple[list[float], list[float]]:
    async with httpx2.AsyncClient(base_url=server.api, timeout=30) as client:
        known, unknown = [], []
        for _ in range(SAMPLES + 1):
            wrong = {**KNOWN, "password": "not the password of ada"}
            known.append(await timed(lambda: client.post("/auth/login", json=wrong)))  # noqa: B023
            unknown.append(await timed(lambda: client.post("/auth/login", json=UNKNOWN)))
        return known[1:], unknown[1:]  # the first of each opens connections


async def timed(request: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await request()
    return time.perf_counter() - began


async def crowd(api: str) -> float:
    """Eight clients that log in without pause, in a process of their own; logins a second."""
    done = 0
    end = time.perf_counter() + SECONDS + 2

    async def one() -> None:
        nonlocal done
        async with httpx2.AsyncClient(base_url=api, timeout=30) as client:
            while time.perf_counter() < end:
                (await client.post("/auth/login", json=KNOWN)).raise_for_status()
                done += 1

    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    return done / (SECONDS + 2)


def percentile(times: list[float], hundredth: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[hundredth - 1]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    print(asyncio.run(crowd(sys.argv[1]))) if sys.argv[1:] else main()
