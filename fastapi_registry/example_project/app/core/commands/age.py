"""Ages on a command line: `--older-than 365d`."""

import re
from datetime import timedelta
from typing import Final

import click

_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST: Final = timedelta(days=36_500)  # further back than a calendar can count


def age(_: click.Context, __: click.Parameter, value: str) -> timedelta:
    """For `click.option(callback=age)`. Raises `click.BadParameter`."""
    found = re.fullmatch(r"([1-9]\d{0,6})([hdw])", value.strip().lower())
    if not found:
        raise click.BadParameter("write hours, days or weeks, such as `12h`, `365d` or `8w`")
    return min(int(found[1]) * _UNITS[found[2]], _LONGEST)
