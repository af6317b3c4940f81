"""From the records of `logging`, and of structlog through it, to entries that wait."""

import logging
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import structlog

from app.core.ids import uuid7
from app.modules.logs.models import Level, LogEntry, log_entry
from app.modules.logs.waiting import WaitingEntries

OWN_LOGGER: Final = __package__ or __name__

# To write an entry makes these talk. If that was written, it would never end.
_DRIVERS: Final = frozenset({"sqlalchemy", "aiosqlite", "asyncpg"})

_STANDARD: Final[tuple[tuple[int, Level], ...]] = (
    (logging.CRITICAL, "CRITICAL"),
    (logging.ERROR, "ERROR"),
    (logging.WARNING, "WARNING"),
    (logging.INFO, "INFO"),
)

# They have columns of their own, or say what a column says already.
_NOT_CONTEXT: Final = frozenset(
    {"event", "exception", "exc_info", "level", "logger", "request_id", "timestamp", "user_id"}
)


class CapturingHandler(logging.Handler):
    """Hands records over, and is done: whoever logs never waits for a database."""

    def __init__(self, waiting: WaitingEntries, level: Level) -> None:
        super().__init__(level)
        self._waiting = waiting

    def emit(self, record: logging.LogRecord) -> None:
        if is_about_writing(record.name):
            return
        try:
            self._waiting.put(entry_of(record))
        except Exception:
            self.handleError(record)  # as every handler does: logging breaks no request


def is_about_writing(logger: str) -> bool:
    return logger == OWN_LOGGER or logger.partition(".")[0] in _DRIVERS


def entry_of(record: logging.LogRecord) -> LogEntry:
    fields = _fields(record)
    return log_entry(
        id=uuid7(),
        at=datetime.fromtimestamp(record.created, UTC),
        level=standard_level(record.levelno),
        module=record.name,
        message=str(fields["event"]),
        exception=fields.get("exception"),
        request_id=str(fields.get("request_id", "")),
        user_id=_user_id(fields),
        context={name: value for name, value in fields.items() if name not in _NOT_CONTEXT},
    )


def standard_level(number: int) -> Level:
    """The level that this one reaches: libraries have some of their own."""
    return next((name for least, name in _STANDARD if number >= least), "DEBUG")


def _fields(record: logging.LogRecord) -> MutableMapping[str, Any]:
    """As structlog has them, whoever logged. A traceback is text from now on."""
    if isinstance(record.msg, dict) and "event" in record.msg:
        fields: MutableMapping[str, Any] = dict(record.msg)
    else:
        fields = {**structlog.contextvars.get_contextvars(), "event": record.getMessage()}
    if record.exc_info:
        fields["exc_info"] = record.exc_info
    return structlog.processors.format_exc_info(None, "", fields)


def _user_id(fields: Mapping[str, Any]) -> UUID | None:
    try:
        return UUID(str(fields["user_id"]))
    except (KeyError, ValueError):
        return None
