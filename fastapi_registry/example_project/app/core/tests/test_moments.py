from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from app.core.moments import Moment

MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def test_a_date_is_its_first_moment_in_utc() -> None:
    assert MOMENT.validate_python("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)


def test_a_zone_is_turned_into_utc() -> None:
    moment = MOMENT.validate_python("2026-01-31T12:00:00+01:00")

    assert (moment.hour, moment.tzinfo) == (11, UTC)


def test_what_no_calendar_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="calendars"):
        MOMENT.validate_python("0001-01-01T00:00:00+02:00")
