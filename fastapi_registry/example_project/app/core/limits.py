"""Limits for requests: who is counted, and under what name."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from fastapi import Request

from app.core.client_address import client_address, client_range
from app.core.config import CoreSettings, RateLimitSettings
from app.core.limiters import Limits, RateLimit, Rule, Verdict
from app.core.runtime import runtime_of

__all__ = ["Limits", "RateLimit", "Rule", "Verdict", "address_of", "limit", "limited"]


def address_of(request: Request) -> str:
    """The client's address, through `TRUSTED_PROXIES` only."""
    return client_address(
        request.client.host if request.client else None,
        request.headers.getlist("x-forwarded-for"),
        runtime_of(request).trusted_proxies,
    )


async def limit(request: Request, name: str, *rules: Rule, key: str | None = None) -> None:
    """Count this request under `name`, for each client address or for `key`.

    Raises `TooManyRequests`.
    """
    limits = runtime_of(request).limits
    if not limits.enabled:
        return
    who = key if key is not None else client_range(address_of(request))
    for rule in rules:
        await limits.take(f"{name}:{rule.limit}/{rule.per.total_seconds():.0f}:{who}", rule)


def limited(
    name: str, rules_of: Callable[[CoreSettings], tuple[Rule, ...]]
) -> Callable[[Request], Awaitable[None]]:
    """A dependency that limits a route by the rules which the settings give."""

    async def limit_this_route(request: Request) -> None:
        await limit(request, name, *runtime_of(request).once(rules_of))

    return limit_this_route


def default_rules(settings: CoreSettings) -> tuple[Rule, ...]:
    """What every route of the blocks allows to one client, whatever its own limit is."""
    section = settings.section(RateLimitSettings)
    given = (
        (section.default_per_minute, timedelta(minutes=1)),
        (section.default_per_hour, timedelta(hours=1)),
    )
    return tuple(Rule(count, per) for count, per in given if count)


default_limit = limited("default", default_rules)
