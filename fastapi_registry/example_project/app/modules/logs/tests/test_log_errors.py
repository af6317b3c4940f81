"""`@log_errors`, on plain and on async functions."""

import logging

import pytest

from app.core.errors import NotFound
from app.modules.logs import log_errors


@log_errors
def half(number: int) -> int:
    return number // 2 if number else 1 // number


@log_errors
async def half_later(number: int) -> int:
    return half.__wrapped__(number)  # type: ignore[attr-defined, no-any-return]


@log_errors
def refuse() -> None:
    raise NotFound


async def test_what_goes_well_is_untouched(caplog: pytest.LogCaptureFixture) -> None:
    assert (half(4), await half_later(4)) == (2, 2)
    assert half.__name__ == "half"
    assert caplog.records == []


async def test_an_error_is_logged_once_and_raised_on(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ZeroDivisionError):
        half(0)
    with pytest.raises(ZeroDivisionError):
        await half_later(0)

    assert [(record.name, record.levelno) for record in caplog.records] == [
        (__name__, logging.ERROR)
    ] * 2
    assert caplog.messages == ["error in half", "error in half_later"]


def test_a_refusal_is_an_answer_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotFound):
        refuse()

    assert caplog.records == []
