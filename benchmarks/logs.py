"""Whether deleting old log records leaves the rest alone: `python -m benchmarks.logs`.

A generated project with auth and logs runs under one uvicorn worker on PostgreSQL, with 100,000
records that are too old. `/health` is asked every 10 ms, first alone, then while
`DELETE /logs/cleanup` deletes them all.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx2

from benchmarks.auth import EVERY, KNOWN, PASSWORD, milliseconds, percentile, timed
from tests import services
from tests.project.databases import postgres_database
from tests.project.generated import Server, new_project

RECORDS = 100_000
QUIET_SECONDS = 6
HEAD = (
    "| storage | records | deleted in | /health p99, quiet | p50, meanwhile | p99, meanwhile |\n"
    "|---|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True)
class Figures:
    quiet: list[float]
    meanwhile: list[float]
    deleted_in: float

    def row(self) -> str:
        cells = (
            "PostgreSQL",
            f"{RECORDS:,}",
            f"{self.deleted_in:.1f} s",
            milliseconds(percentile(self.quiet, 99)),
            milliseconds(percentile(self.meanwhile, 50)),
            milliseconds(percentile(self.meanwhile, 99)),
        )
        return f"| {' | '.join(cells)} |"


def main() -> None:
    with services.supervised() as running, tempfile.TemporaryDirectory() as name:
        os.environ |= running.environment()
        with postgres_database() as url:
            shop = new_project(Path(name) / "shop", "--with", "auth,logs").with_variables(
                DATABASE_URL=url, RATE_LIMIT_ENABLED="false", EMAIL_ENABLED="false"
            )
            shop.manage("db", "upgrade")
            shop.blocks(
                *("create-dev-user", "--admin"),
                *("--email", KNOWN["email"], "--password", PASSWORD),
            )
            with shop.served() as server:
                print(HEAD)
                print(asyncio.run(figures(server, url)).row())


async def figures(server: Server, database: str) -> Figures:
    async with httpx2.AsyncClient(base_url=server.api, timeout=300) as admin:
        login = (await admin.post("/auth/login", json=KNOWN)).raise_for_status()
        admin.headers["authorization"] = f"Bearer {login.json()['accessToken']}"
        quiet = await health_times(server, asyncio.create_task(asyncio.sleep(QUIET_SECONDS)))
        # After the first look for old records, which the app takes when it starts.
        await fill(database)
        began = time.perf_counter()
        cleanup = asyncio.create_task(admin.delete("/logs/cleanup", params={"days": 30}))
        meanwhile = await health_times(server, cleanup)
        deleted_in = time.perf_counter() - began
        deleted = cleanup.result().raise_for_status().json()["deleted"]
    assert deleted == RECORDS, deleted
    return Figures(quiet, meanwhile, deleted_in)


async def fill(database: str) -> None:
    """A year of records."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(
            f"""
            INSERT INTO log_records
                (id, at, level, module, message, request_id, context)
            SELECT gen_random_uuid(), now() - interval '31 days' - number * interval '5 minutes',
                'INFO', 'shop.till', 'the till is open', 'trace-' || number, '{{"coins": 12}}'
            FROM generate_series(1, {RECORDS}) AS number
            """  # noqa: S608 - a number of ours
        )
    finally:
        await connection.close()


async def health_times(server: Server, until: asyncio.Task[object]) -> list[float]:
    """In seconds, until the task is done."""
    async with httpx2.AsyncClient(base_url=server.url, timeout=30) as client:
        times = []
        while not until.done():
            times.append(await timed(lambda: client.get("/health")))
            await asyncio.sleep(EVERY)
        return times


if __name__ == "__main__":
    main()
