from datetime import timedelta

import click
import pytest

from app.core.commands.age import age

COMMAND = click.Command("purge")
OPTION = click.Option(["--older-than"])


def read(value: str) -> timedelta:
    return age(click.Context(COMMAND), OPTION, value)


def test_an_age_is_hours_days_or_weeks() -> None:
    assert read("12h") == timedelta(hours=12)
    assert read("365D") == timedelta(days=365)
    assert read("8w") == timedelta(weeks=8)
    assert read("9999999w") == timedelta(days=36_500), "no longer than a calendar can count"


@pytest.mark.parametrize("wrong", ["", "12", "d", "-1d", "0d", "1.5d", "1m"])
def test_anything_else_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(click.BadParameter, match="12h"):
        read(wrong)
