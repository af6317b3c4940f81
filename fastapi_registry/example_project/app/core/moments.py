"""Moments in a query string: `?start_date=2026-01-31` or `2026-01-31T12:00:00+01:00`."""

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("This is before or after all calendars.") from error


Moment: TypeAlias = Annotated[datetime, AfterValidator(_in_utc)]
"""Aware and in UTC. Without a zone it is taken for UTC, and a date for its first moment."""
