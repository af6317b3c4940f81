"""What reaches the table has a size that it can bear, and no secrets: R98."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from app.core.ids import uuid7
from app.modules.logs.capture import entry_of, standard_level
from app.modules.logs.models import MOST_OF_A_MESSAGE, LogEntry, log_entry
from app.modules.logs.waiting import WaitingEntries


def stored(message: str = "", exception: str | None = None, **context: Any) -> LogEntry:
    return log_entry(
        id=uuid7(),
        at=datetime(2026, 1, 31, tzinfo=UTC),
        level="INFO",
        module="shop",
        message=message,
        exception=exception,
        context=context,
    )


class Printed:
    def __str__(self) -> str:
        return "Printed(password='hush')"


def test_r98_no_secret_gets_in_by_message_traceback_or_context() -> None:
    entry = stored(
        "postgresql://me:hush@host",
        "Traceback … Bearer hush",
        api_key="hush",
        body={"deep": [{"password": "hush"}]},
        thing=Printed(),
    )

    assert "hush" not in str(entry)


def test_everything_that_can_be_logged_becomes_json() -> None:
    endless: dict[str, object] = {}
    endless["itself"] = endless

    entry = stored(
        "half \ud800 a \0 character",
        endless=endless,
        wrong=float("nan"),
        id=uuid7(),
        parts=(1, True, None),
        many=list(range(1000)),
    )

    text = json.dumps(entry.context, allow_nan=False)
    assert entry.message == "half ? a  character"
    assert entry.context["parts"] == [1, True, None]
    assert entry.context["wrong"] == "nan"
    assert len(text) < 5000


def test_what_is_long_is_cut() -> None:
    entry = stored(
        "x" * 10**6, "x" * 10**6, **{f"field{place}": "x" * 10**5 for place in range(99)}
    )

    assert len(entry.message) == MOST_OF_A_MESSAGE
    assert len(json.dumps(entry.context)) < 110_000


def test_levels_of_libraries_are_the_nearest_below() -> None:
    numbers = (5, 10, 20, 25, 30, 40, 45, 50, 99)

    assert [standard_level(number) for number in numbers] == [
        *("DEBUG", "DEBUG", "INFO", "INFO", "WARNING", "ERROR", "ERROR", "CRITICAL", "CRITICAL")
    ]


def test_a_record_whose_user_is_no_user_is_stored_without() -> None:
    record = logging.makeLogRecord(
        {"msg": {"event": "hello", "user_id": "ada"}, "name": "shop", "levelno": 20}
    )

    assert (entry_of(record).user_id, entry_of(record).message) == (None, "hello")


def test_the_first_are_kept_when_there_are_too_many() -> None:
    waiting = WaitingEntries(2)

    for message in ("first", "second", "third"):
        waiting.put(stored(message))

    assert [entry.message for entry in waiting.first(9)] == ["first", "second"]
    assert waiting.dropped == 1
    waiting.forget_first(2)
    waiting.forget_dropped(1)
    assert (list(waiting.first(9)), waiting.dropped) == ([], 0)
