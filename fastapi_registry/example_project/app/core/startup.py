"""What forbids an app to start. Each problem is a sentence: which variable, and what to do."""

import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from app.clients.database_url import normalised
from app.core.blocks import Block
from app.core.client_address import networks
from app.core.config import CoreSettings, InvalidSettings

COMMAND_FOR_A_KEY: Final = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'

_SHORTEST_SECRET: Final = 32  # bytes: HS256 needs a key of 256 bits (RFC 7518, section 3.2)
_LEAST_INFORMATION: Final = 34  # bytes that 32 random hexadecimal characters compress to

# Six letters at least: a shorter word turns up in random text once in a while.
_WORDS_OF_EXAMPLES: Final = (
    "change",
    "default",
    "development",
    "example",
    "insecure",
    "password",
    "placeholder",
    "replace",
    "secret",
    "testing",
)


class InsecureSettings(InvalidSettings):
    """The settings can be read, but starting with them would be dangerous."""


def refuse_insecure(settings: CoreSettings, blocks: Sequence[Block]) -> None:
    """Raises `InsecureSettings` with everything that is wrong, not only the first."""
    problems = [*core_problems(settings)]
    for block in blocks:
        if block.problems is not None:
            problems.extend(block.problems(settings))
    if problems:
        raise InsecureSettings(problems)


def core_problems(settings: CoreSettings) -> Iterable[str]:
    secret = settings.security.secret_key.get_secret_value()
    if weakness := weakness_of(secret):
        name = "AUTH_SECRET_KEY, or else SECRET_KEY,"
        yield f"{name} {weakness}. Make a good one: {COMMAND_FOR_A_KEY}"
    for other in settings.security.other_secrets:
        if weakness := weakness_of(other):
            yield f"AUTH_NEXT_SECRET_KEY or one of AUTH_PREVIOUS_SECRET_KEYS {weakness}"
    try:
        networks(settings.server.trusted_proxies)
    except ValueError as error:
        yield f"TRUSTED_PROXIES: {error}"
    if "*" in settings.server.cors_origins and settings.server.cors_credentials:
        # Any web page could then act as whoever is signed in.
        yield "CORS_ORIGINS is `*` with CORS_CREDENTIALS: name the origins that may send cookies"
    if settings.is_production():
        yield from _problems_in_production(settings)


def _problems_in_production(settings: CoreSettings) -> Iterable[str]:
    if settings.app.debug:
        yield "DEBUG is on: it shows callers the inside of errors. Set DEBUG=false"
    if settings.metrics.enabled and not settings.metrics.token.get_secret_value():
        yield "METRICS_ENABLED without METRICS_TOKEN: anybody could read them. Set a token"
    if settings.email.enabled and settings.email.adapter == "console":
        yield "EMAIL_ADAPTER is `console`: links that sign people in would be logged. Use `smtp`"
    if normalised(settings.database.url).is_memory:
        yield "DATABASE_URL is `memory://`, which forgets all accounts at restart. Name a database"


def weakness_of(secret: str) -> str | None:
    """What is wrong with a secret, as the end of a sentence; `None` if nothing is."""
    if not secret:
        return "is not set"
    if len(secret.encode()) < _SHORTEST_SECRET:
        return f"is shorter than {_SHORTEST_SECRET} bytes"
    if any(word in secret.lower() for word in _WORDS_OF_EXAMPLES):
        return "looks like the placeholder of an example"
    if _is_a_pattern(secret):
        return "follows a pattern and could be guessed"
    return None


def _is_a_pattern(secret: str) -> bool:
    """Repetition compresses; a run like `abcd` or `1111` has neighbours side by side."""
    steps = [abs(ord(right) - ord(left)) for left, right in pairwise(secret)]
    in_runs = sum(step <= 1 for step in steps)
    return in_runs > len(steps) / 2 or len(zlib.compress(secret.encode(), 9)) < _LEAST_INFORMATION
