"""What a stored log record is. No I/O here."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, TypeAlias
from uuid import UUID

from app.core.redaction import hide_secrets, without_secrets

Level: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

ERRORS: Final[tuple[Level, ...]] = ("ERROR", "CRITICAL")

MOST_OF_A_MESSAGE: Final = 8_000
MOST_OF_A_TRACEBACK: Final = 32_000
MOST_OF_A_NAME: Final = 200
_MOST_OF_A_VALUE: Final = 2_000
_MOST_FIELDS: Final = 50
_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    id: UUID
    at: datetime
    level: Level
    module: str
    """The name of the logger."""
    message: str
    exception: str | None
    """The traceback."""
    request_id: str
    user_id: UUID | None
    context: Mapping[str, object]
    """What else was logged with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which entries are asked for. What is None is not asked."""

    levels: tuple[Level, ...] | None = None
    user_id: UUID | None = None
    request_id: str | None = None
    module: str | None = None
    """A logger, with those below it: `app` also finds `app.modules`."""
    start_date: datetime | None = None
    end_date: datetime | None = None
    """Entries before this moment, not at it."""
    search: str | None = None
    """A part of the message or of the traceback."""


def log_entry(
    *,
    id: UUID,
    at: datetime,
    level: Level,
    module: str,
    message: str,
    exception: str | None = None,
    request_id: str = "",
    user_id: UUID | None = None,
    context: Mapping[str, object] = MappingProxyType({}),
) -> LogEntry:
    """Cut to a size that a table can bear, and without secrets."""
    return LogEntry(
        id=id,
        at=at,
        level=level,
        module=_text(module, MOST_OF_A_NAME),
        message=hide_secrets(_text(message, MOST_OF_A_MESSAGE)),
        exception=hide_secrets(_text(exception, MOST_OF_A_TRACEBACK)) if exception else None,
        request_id=_text(request_id, 64),
        user_id=user_id,
        context=without_secrets(_plain_fields(context, _DEEPEST)),
    )


def _text(value: str, most: int) -> str:
    """PostgreSQL takes no NUL, and no database takes half a character."""
    return value[:most].replace("\0", "").encode("utf-8", "replace").decode()


def _plain_fields(fields: Mapping[str, object], deepest: int) -> dict[str, object]:
    first = list(fields.items())[:_MOST_FIELDS]
    return {_text(str(name), MOST_OF_A_NAME): _plain(value, deepest) for name, value in first}


def _plain(value: object, deepest: int) -> object:
    """What JSON knows stays; anything else is what it looks like when printed."""
    match value:
        case None | bool() | int():
            return value
        case float() if math.isfinite(value):
            return value
        case dict() if deepest:
            return _plain_fields(value, deepest - 1)
        case list() | tuple() if deepest:
            return [_plain(each, deepest - 1) for each in value[:_MOST_FIELDS]]
    return _text(str(value), _MOST_OF_A_VALUE)
