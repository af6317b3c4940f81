"""The database: addresses of all spellings, one round trip for a read, waiting writers."""

import asyncio
import logging
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import StatementError

from app.clients.database import Database
from app.clients.database_url import UnsupportedDatabase, normalised
from app.core.config import DatabaseSettings
from app.core.ids import uuid7
from app.core.outbox import MailRow
from app.core.runtime import Runtime


@pytest.mark.parametrize(
    ("given", "expected", "server_settings"),
    [
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d", {}),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d", {}),
        ("postgresql+psycopg2://u:p@h/d", "postgresql+asyncpg://u:p@h/d", {}),
        ("postgresql+psycopg://u:p@h/d", "postgresql+asyncpg://u:p@h/d", {}),
        ("postgresql://u@h/d?sslmode=require", "postgresql+asyncpg://u@h/d?ssl=require", {}),
        (
            "postgresql://u@h/d?sslmode=verify-full&channel_binding=require",
            "postgresql+asyncpg://u@h/d?ssl=verify-full",
            {},
        ),
        ("postgresql://u@h/d?connect_timeout=5", "postgresql+asyncpg://u@h/d?timeout=5", {}),
        (
            "postgresql://u@h/d?options=-csearch_path%3Dx&application_name=shop",
            "postgresql+asyncpg://u@h/d",
            {"search_path": "x", "application_name": "shop"},
        ),
        (
            "postgresql+asyncpg://u@h/d?prepared_statement_cache_size=0",
            "postgresql+asyncpg://u@h/d?prepared_statement_cache_size=0",
            {},
        ),
        ("sqlite:///./app.db", "sqlite+aiosqlite:///./app.db", {}),
        ("sqlite+pysqlite:////tmp/app.db", "sqlite+aiosqlite:////tmp/app.db", {}),
        ("memory://", "sqlite+aiosqlite://", {}),
    ],
)
def test_every_spelling_reaches_our_drivers(
    given: str, expected: str, server_settings: dict[str, str]
) -> None:
    address = normalised(given)

    assert address.url.render_as_string(hide_password=False) == expected
    assert address.server_settings == server_settings


@pytest.mark.parametrize("url", ["mysql://u:hush@h/d", "oracle://u:hush@h/d", "hush", ""])
def test_refuses_what_it_does_not_speak_without_repeating_it(url: str) -> None:
    with pytest.raises(UnsupportedDatabase) as refused:
        normalised(url)

    assert "hush" not in str(refused.value)


async def test_a_read_is_one_statement_without_a_transaction(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    async with runtime.unit_of_work() as work:
        await work.fetch(select(MailRow.id))
    engine = runtime.database.engine.sync_engine
    engine.echo = True
    caplog.set_level(logging.INFO, "sqlalchemy.engine")

    async with runtime.unit_of_work() as work:
        await work.fetch(select(MailRow.id))

    said = [record.getMessage() for record in caplog.records]
    assert len([line for line in said if line.startswith("SELECT")]) == 1
    assert not [line for line in said if line.startswith(("BEGIN IMMEDIATE", "COMMIT"))]


async def test_a_read_leaves_no_transaction_open_on_the_server(runtime: Runtime) -> None:
    if runtime.database.address.is_sqlite:
        pytest.skip("SQLite has no server to ask")
    async with runtime.unit_of_work() as work:
        await work.fetch(select(MailRow.id))

        # A transaction keeps its lock on what it read; others on this server have their own tables.
        locks = await work.fetch_one(
            select(func.count())
            .select_from(text("pg_locks"))
            .where(text("relation = to_regclass(:table)")),
            {"table": MailRow.__tablename__},
        )

    assert locks == (0,)


async def test_reading_holds_no_connection_while_the_request_goes_on(runtime: Runtime) -> None:
    async with runtime.unit_of_work() as work:
        await work.fetch(select(MailRow.id))

        assert runtime.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_what_was_cancelled_in_the_middle_does_no_harm(runtime: Runtime) -> None:
    async def write_slowly() -> None:
        async with runtime.unit_of_work() as work:
            session = await work.writing()
            now = work.now()
            row = {"id": uuid7(), "sealed": b"", "attempts": 0, "due_at": now, "created_at": now}
            await session.execute(insert(MailRow).values(row))
            await asyncio.sleep(60)

    task = asyncio.create_task(write_slowly())
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async with runtime.unit_of_work() as work:
        assert await work.fetch(select(MailRow.id)) == []


async def test_foreign_keys_and_wal_are_on(tmp_path: Path) -> None:
    database = Database(DatabaseSettings(url=f"sqlite:///{tmp_path}/x.db"))

    async with database.reads.connect() as connection:
        foreign_keys = (await connection.execute(text("PRAGMA foreign_keys"))).scalar()
        journal = (await connection.execute(text("PRAGMA journal_mode"))).scalar()

    assert (foreign_keys, journal) == (1, "wal")
    await database.close()


async def test_r1_an_error_of_the_database_repeats_no_value(runtime: Runtime) -> None:
    with pytest.raises(StatementError) as failed:
        async with runtime.database.session() as session:
            await session.execute(text("SELECT :secret FROM nowhere"), {"secret": "hunter2"})

    assert "hunter2" not in str(failed.value)


def test_every_event_loop_gets_connections_of_its_own(database_url: str) -> None:
    """As in a `TestClient` without `with`, where each request has a new loop."""
    database = Database(DatabaseSettings(url=database_url))

    for _ in range(3):
        asyncio.run(database.answers())

    asyncio.run(database.close())


async def test_a_connection_that_the_server_closed_is_replaced(runtime: Runtime) -> None:
    if runtime.database.address.is_sqlite:
        pytest.skip("SQLite has no server")
    async with runtime.unit_of_work() as work:
        row = await work.fetch_one(select(func.pg_backend_pid()))
    assert row is not None
    other = Database(runtime.settings.database)
    async with other.reads.connect() as connection:
        await connection.execute(select(func.pg_terminate_backend(row[0])))
    await other.close()
    await asyncio.sleep(0.1)

    await runtime.database.answers()
