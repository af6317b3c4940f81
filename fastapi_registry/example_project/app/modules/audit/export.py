"""The trail as a file of any length, of which only a piece is ever in memory."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from pydantic_core import to_json, to_jsonable_python

from app.core.runtime import Runtime
from app.modules.audit.models import AuditEvent, Filters
from app.modules.audit.repositories import AuditTrail
from app.modules.audit.schemas import AuditEventResponse

Format: TypeAlias = Literal["jsonl", "csv"]

MEDIA_TYPES: Final[Mapping[Format, str]] = {"jsonl": "application/jsonl", "csv": "text/csv"}
EVENTS_AT_ONCE: Final = 1000
_COLUMNS: Final = {
    name: field.alias or name for name, field in AuditEventResponse.model_fields.items()
}

# A spreadsheet takes what begins so for a formula, and a user agent is the word of a stranger.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA: Final = ("=", "+", "-", "@")


async def exported(runtime: Runtime, filters: Filters, format: Format) -> AsyncIterator[str]:
    """Piece by piece, the oldest event first.

    Each piece is read on its own, so neither a transaction nor a connection waits for a slow
    client.
    """
    written = {"jsonl": json_lines, "csv": csv_rows}[format]
    if format == "csv":
        yield _csv_line(_COLUMNS.values())
    last: AuditEvent | None = None
    while True:
        async with runtime.unit_of_work() as work:
            events = await AuditTrail(work).after(last, filters, limit=EVENTS_AT_ONCE)
        yield written(events)
        if len(events) < EVENTS_AT_ONCE:
            return
        last = events[-1]


def json_lines(events: Sequence[AuditEvent]) -> str:
    """https://jsonlines.org: the objects of the API, one in a line."""
    return "".join(to_json(_fields(event)).decode() + "\n" for event in events)


def csv_rows(events: Sequence[AuditEvent]) -> str:
    """RFC 4180. Details are JSON in their column."""
    return "".join(
        _csv_line([_cell(value) for value in to_jsonable_python(_fields(event)).values()])
        for event in events
    )


def _fields(event: AuditEvent) -> dict[str, object]:
    """As the API answers, but without asking pydantic whether each of them is right."""
    return {column: getattr(event, name) for name, column in _COLUMNS.items()}


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
