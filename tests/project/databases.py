"""A PostgreSQL database of one's own, on the server of the test run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import asyncpg


@contextmanager
def postgres_database() -> Iterator[str]:
    """The URL of an empty database, as a hosting company would hand it out."""
    server = os.environ["TEST_DATABASE_URL"]
    name = f"shop_{uuid4().hex}"
    asyncio.run(execute(server, f'CREATE DATABASE "{name}"'))
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        asyncio.run(execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
