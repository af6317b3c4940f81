"""That a variable of the environment rules, seen from outside: not by reading the settings.

A block lists an `Effect` for each of its variables in `tests/test_settings_rule.py`, and
`unobserved` tells which it has forgotten.
"""

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pytest
from pydantic_settings import BaseSettings

from app.core.config import CoreSettings
from app.core.environment import variables

Observer = Callable[[], Awaitable[object]]
"""Makes what it looks at from the environment alone, and says what it saw."""


@dataclass(frozen=True)
class Effect:
    variable: str
    value: str
    seen: Observer
    otherwise: object
    """What is seen while the variable is not set …"""
    then: object
    """… and when it is."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Other variables, set in both cases."""

    async def observed(
        self, settings_type: type[CoreSettings], patch: pytest.MonkeyPatch
    ) -> tuple[object, object]:
        """What is seen without the variable, and with it."""
        for variable in variables(settings_type):
            for name in variable.names:
                patch.delenv(name, raising=False)
        for name, value in {**_ordinary(), **self.given}.items():
            patch.setenv(name, value)
        otherwise = await self.seen()
        patch.setenv(self.variable, self.value)
        return otherwise, await self.seen()


def _ordinary() -> dict[str, str]:
    return {
        "ENVIRONMENT": "test",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": "sqlite:///./ordinary.db",
    }


def unobserved(settings: type[BaseSettings], effects: Iterable[Effect]) -> set[str]:
    """The variables of `settings` without an effect, and effects that no variable has."""
    names = {name for variable in variables(settings) for name in variable.names}
    return names ^ {effect.variable for effect in effects}
