"""What is logged reaches the table, whoever logged it, and nobody waits for that."""

import logging
from threading import Thread

import httpx2
import pytest
from sqlalchemy import text

from app.clients.database import Database
from app.core.config import DatabaseSettings
from app.core.logging_config import configure_logging
from app.core.runtime import Runtime
from app.modules.logs.capture import OWN_LOGGER
from app.modules.logs.db_models import LogRow
from app.modules.logs.lifespan import lifespan, recording
from app.modules.logs.tests.conftest import PEOPLE, READER, Person, Settings
from app.modules.logs.writer import ENTRIES_AT_ONCE

TABLE = LogRow.__tablename__
TRACE = {"x-request-id": "trace-0001"}


@pytest.fixture(autouse=True)
def logs_are_on(settings: Settings) -> None:
    configure_logging(settings)


async def test_a_request_can_be_traced_with_its_caller_and_without_secrets(
    runtime: Runtime, client: httpx2.AsyncClient, reader: Person
) -> None:
    async with recording(runtime):
        await client.post("/api/v1/till/open", headers={**TRACE, "authorization": READER})

    line, access = await reader.found("/request/trace-0001")
    assert (line["message"], line["level"], line["module"]) == (
        *("the till is open", "INFO"),
        "shop.till",
    )
    assert (line["requestId"], line["userId"]) == ("trace-0001", str(PEOPLE[READER]))
    assert line["context"] == {"coins": 12, "till_code": "[hidden]"}
    assert (access["module"], access["message"]) == ("access", "request")


async def test_an_error_is_stored_with_its_traceback_where_it_happened(
    runtime: Runtime, client: httpx2.AsyncClient, reader: Person
) -> None:
    async with recording(runtime):
        assert (await client.post("/api/v1/till/break", headers=TRACE)).status_code == 500

    unexpected, here = await reader.found("/errors", request_id="trace-0001")
    assert unexpected["message"] == "unexpected error"
    assert here["message"] == "error in count_coins"
    assert "ZeroDivisionError: no coins" in str(here["exception"])
    assert "hush" not in str(here)


async def test_lines_of_libraries_and_of_threads_are_stored_too(
    runtime: Runtime, reader: Person
) -> None:
    async with recording(runtime):
        shout = Thread(target=logging.getLogger("somebody.else").error, args=("%d\0 wasps", 3))
        shout.start()
        shout.join()

    [line] = await reader.found()
    assert (line["module"], line["message"], line["level"]) == ("somebody.else", "3 wasps", "ERROR")


async def test_more_than_one_batch_is_written_at_the_end(runtime: Runtime, reader: Person) -> None:
    async with recording(runtime):
        for place in range(ENTRIES_AT_ONCE + 1):
            logging.getLogger("crowd").info("%d", place)

    assert (await reader.ask("GET")).json()["total"] == ENTRIES_AT_ONCE + 1


async def test_what_is_too_much_is_dropped_counted_and_told(
    runtime: Runtime, settings: Settings, reader: Person
) -> None:
    settings.logs.queue_size = 2

    async with recording(runtime):
        for place in range(5):
            logging.getLogger("crowd").info("%d", place)

    assert await reader.messages() == ["log records were dropped: 3", "1", "0"]


async def test_records_wait_while_the_database_is_away(
    runtime: Runtime, reader: Person, caplog: pytest.LogCaptureFixture
) -> None:
    database = runtime.database
    runtime.database = Database(DatabaseSettings(url="postgresql://nobody@127.0.0.1:1/nothing"))

    async with recording(runtime) as writer:
        logging.getLogger("shop").info("once")
        await writer.flush()
        await writer.flush()
        runtime.database = database

    assert await reader.messages() == ["once"]
    told = [record for record in caplog.records if record.name == OWN_LOGGER]
    assert len(told) == 1, "once, not again and again"


async def test_records_that_cannot_be_written_do_not_hold_up_others(
    runtime: Runtime, reader: Person
) -> None:
    async with runtime.unit_of_work() as work:
        await (await work.writing()).execute(text(f"ALTER TABLE {TABLE} RENAME TO moved"))

    async with recording(runtime) as writer:
        logging.getLogger("shop").info("lost")
        await writer.flush()
        async with runtime.unit_of_work() as work:
            await (await work.writing()).execute(text(f"ALTER TABLE moved RENAME TO {TABLE}"))
        logging.getLogger("shop").info("kept")

    assert set(await reader.messages()) == {"log records were dropped: 1", "kept"}


async def test_nothing_is_recorded_when_the_app_has_ended(runtime: Runtime, reader: Person) -> None:
    async with lifespan(runtime):
        logging.getLogger("shop").info("open")
    logging.getLogger("shop").info("closed")

    assert await reader.messages() == ["open"]


class TestWithEveryStatementLogged:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        settings.database.echo = True
        return settings

    async def test_what_writing_logs_is_not_written(self, runtime: Runtime, reader: Person) -> None:
        """Else each record would lead to the next one, for ever."""
        async with recording(runtime) as writer:
            logging.getLogger("shop").info("once")
            await writer.flush()
            await writer.flush()

        assert await reader.messages() == ["once"]
