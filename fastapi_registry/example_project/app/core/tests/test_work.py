"""The unit of work: what is written is written whole, and before the answer."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, update

from app.core.errors import BlockError, Conflict
from app.core.ids import uuid7
from app.core.outbox import MailRow
from app.core.runtime import Runtime
from app.core.unit_of_work import UnitOfWork


class RefusedButCounted(BlockError):
    keeps_writes = True


def a_row(work: UnitOfWork) -> dict[str, Any]:
    now = work.now()
    return {"id": uuid7(), "sealed": b"", "attempts": 0, "due_at": now, "created_at": now}


async def write_a_row(work: UnitOfWork) -> UUID:
    values = a_row(work)
    await work.execute(insert(MailRow), values)
    row_id: UUID = values["id"]
    return row_id


async def rows(runtime: Runtime) -> int:
    async with runtime.unit_of_work() as work:
        counted = await work.fetch_one(select(func.count()).select_from(MailRow))
    assert counted is not None
    return counted[0]


async def test_commits_when_it_ends_well(runtime: Runtime) -> None:
    async with runtime.unit_of_work() as work:
        await write_a_row(work)

    assert await rows(runtime) == 1


async def test_rolls_back_when_it_fails(runtime: Runtime) -> None:
    with pytest.raises(Conflict):
        async with runtime.unit_of_work() as work:
            await write_a_row(work)
            raise Conflict

    assert await rows(runtime) == 0


async def test_keeps_what_an_error_says_must_be_remembered(runtime: Runtime) -> None:
    with pytest.raises(RefusedButCounted):
        async with runtime.unit_of_work() as work:
            await write_a_row(work)
            raise RefusedButCounted

    assert await rows(runtime) == 1


async def test_reads_what_it_wrote_itself(runtime: Runtime) -> None:
    async with runtime.unit_of_work() as work:
        row_id = await write_a_row(work)

        row = await work.fetch_one(select(MailRow.id).where(MailRow.id == row_id))

    assert row is not None
    assert row.id == row_id


async def test_what_the_session_was_given_is_written_before_a_statement_runs(
    runtime: Runtime,
) -> None:
    async with runtime.unit_of_work() as work:
        (await work.writing()).add(MailRow(**a_row(work)))

        changed = await work.execute(update(MailRow).values(attempts=3))

    assert changed.rowcount == 1


async def test_a_write_is_undone_also_after_a_read_on_the_same_connection(
    runtime: Runtime,
) -> None:
    with pytest.raises(Conflict):
        async with runtime.unit_of_work() as work:
            await work.fetch(select(MailRow.id))
            await write_a_row(work)
            raise Conflict

    assert await rows(runtime) == 0


async def test_a_read_that_nobody_waits_for_any_more_leaves_nothing_behind(
    runtime: Runtime,
) -> None:
    if runtime.database.address.is_sqlite:
        pytest.skip("SQLite has nothing that takes long")
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), runtime.unit_of_work() as work:
                await work.fetch(select(func.pg_sleep(30)))

    await test_a_write_is_undone_also_after_a_read_on_the_same_connection(runtime)


async def test_times_come_back_aware_and_in_utc(runtime: Runtime) -> None:
    async with runtime.unit_of_work() as work:
        await write_a_row(work)

        row = await work.fetch_one(select(MailRow.created_at))

    assert row is not None
    assert row.created_at == runtime.clock()
    assert row.created_at.utcoffset() == timedelta(0)


async def test_calls_back_only_after_a_commit(runtime: Runtime) -> None:
    called: list[str] = []

    async with runtime.unit_of_work() as work:
        work.after_commit(lambda: called.append("committed"))
        assert called == []
    with pytest.raises(Conflict):
        async with runtime.unit_of_work() as work:
            work.after_commit(lambda: called.append("rolled back"))
            raise Conflict

    assert called == ["committed"]


async def test_twenty_writers_at_once_all_succeed(runtime: Runtime) -> None:
    async def read_then_write() -> None:
        async with runtime.unit_of_work() as work:
            await work.fetch(select(MailRow.id))
            await write_a_row(work)
            await work.fetch(select(MailRow.id))

    await asyncio.gather(*(read_then_write() for _ in range(20)))

    assert await rows(runtime) == 20
