"""Stored records over HTTP: searched, added, deleted."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.core.ids import uuid7
from app.core.runtime import Runtime
from app.core.testing import Clock
from app.modules.logs.lifespan import forget_old
from app.modules.logs.models import Level, LogEntry, log_entry
from app.modules.logs.tests.conftest import PEOPLE, PURGER, READER, WRITER, Person, store


def an_entry(
    clock: Callable[[], datetime],
    message: str,
    *,
    level: Level = "INFO",
    days_ago: int = 0,
    exception: str = "",
) -> LogEntry:
    return log_entry(
        id=uuid7(),
        at=clock() - timedelta(days=days_ago),
        level=level,
        module="shop.till",
        message=message,
        exception=exception,
        request_id=f"trace-of-{message}",
        user_id=PEOPLE[READER],
    )


async def test_filters_narrow_the_list_alone_and_together(
    runtime: Runtime, reader: Person, clock: Clock
) -> None:
    await store(
        runtime,
        an_entry(clock, "apples", days_ago=2),
        an_entry(clock, "pears", level="ERROR", days_ago=1, exception="Traceback: 100% Rotten"),
        an_entry(clock, "plums", level="CRITICAL"),
    )

    assert await reader.messages() == ["plums", "pears", "apples"]
    assert await reader.messages(level="ERROR") == ["pears"]
    assert await reader.messages("/errors") == ["plums", "pears"]
    assert await reader.messages("/errors", search="PLUM") == ["plums"]
    assert await reader.messages(search="100% rotten") == ["pears"]
    assert await reader.messages(search="1_0%") == [], "no pattern, a text"
    assert await reader.messages(request_id="trace-of-apples") == ["apples"]
    assert len(await reader.messages(user_id=str(PEOPLE[READER]), module="shop")) == 3
    assert await reader.messages(module="shop.till", skip="1", limit="1") == ["pears"]
    assert await reader.messages(module="sho") == []
    assert await reader.messages(user_id=str(PEOPLE[WRITER])) == []
    yesterday = (clock() - timedelta(days=1)).isoformat()
    assert await reader.messages(start_date=yesterday, level="ERROR") == ["pears"]
    assert await reader.messages(end_date=yesterday) == ["apples"]


async def test_one_entry_is_found_by_its_id(runtime: Runtime, reader: Person, clock: Clock) -> None:
    await store(runtime, an_entry(clock, "apples"))
    [listed] = await reader.found()

    found = await reader.ask("GET", f"/{listed['id']}")
    missing = await reader.ask("GET", f"/{uuid7()}")

    assert found.json() == listed
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_an_entry_of_another_program_is_there_with_the_answer(reader: Person) -> None:
    writer = Person(WRITER, reader.client)
    said = {
        "level": "ERROR",
        "message": "button is stuck, token=hush",
        "module": "web.cart",
        "context": {"page": "/cart", "sessionToken": "hush", "clicks": [1, {"x": 2.5}]},
    }

    answer = await writer.ask("POST", json=said, trace="trace-0001")

    assert answer.status_code == 201
    [stored] = await reader.found(request_id="trace-0001")
    assert answer.json() == stored
    assert (stored["message"], stored["module"]) == ("button is stuck, token=[hidden]", "web.cart")
    assert stored["context"] == {
        **{"page": "/cart", "sessionToken": "[hidden]"},
        "clicks": [1, {"x": 2.5}],
    }
    assert (stored["userId"], stored["level"]) == (str(PEOPLE[WRITER]), "ERROR")


async def test_what_is_too_big_or_no_entry_is_refused(reader: Person) -> None:
    writer = Person(WRITER, reader.client)
    for wrong in (
        *({}, {"level": "LOUD", "message": "x"}, {"level": "INFO", "message": ""}),
        {"level": "INFO", "message": "x" * 8001},
        {"level": "INFO", "message": "x", "module": "a b"},
        {"level": "INFO", "message": "x", "context": {"page": "x" * 8000}},
        {"level": "INFO", "message": "x", "context": ["hush"]},
    ):
        answer = await writer.ask("POST", json=wrong)

        assert (answer.status_code, answer.json()["code"]) == (422, "validation_error"), wrong

    assert await reader.found() == []


async def test_a_cleanup_deletes_what_is_older_and_nothing_else(
    runtime: Runtime, reader: Person, clock: Clock
) -> None:
    await store(
        runtime,
        *(an_entry(clock, "old", days_ago=8) for _ in range(1001)),
        an_entry(clock, "young", days_ago=6),
    )

    answer = await Person(PURGER, reader.client).ask("DELETE", "/cleanup", days="7")

    assert (answer.status_code, answer.json()) == (200, {"deleted": 1001})
    assert await reader.messages() == ["young"]


async def test_what_is_too_old_goes_by_itself(
    runtime: Runtime, reader: Person, clock: Clock
) -> None:
    await store(runtime, an_entry(clock, "old", days_ago=31), an_entry(clock, "young", days_ago=29))

    await forget_old(runtime)

    assert await reader.messages() == ["young"]
