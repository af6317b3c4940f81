"""How often something may be tried: by one client, by its neighbours, and at one account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Final

from app.core.client_address import client_range
from app.core.limiters import Limits, Rule
from app.modules.auth.interfaces import Limit
from app.modules.auth.tokens import DeviceTokens

BACKOFF: Final = (
    Rule(15, timedelta(minutes=15)),
    Rule(20, timedelta(minutes=100)),
    Rule(25, timedelta(minutes=375)),
)
"""How the wait between wrong passwords in a row grows, beyond `AUTH_LOGIN_RATE_LIMIT`: six
seconds from the 11th on, a minute from the 17th, five from the 23rd, fifteen from the 29th."""

FAILURES: Final = Rule(20, timedelta(hours=5))
"""Failures that are remembered: each for a quarter of an hour, one after the other."""

NEIGHBOURS: Final = 10
"""A whole network may try so many times as often as one client in it."""


def network_of(address: str) -> str:
    """What one renter of addresses easily has: a /24, of IPv6 a /48."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientThrottle:
    """Counts for what is tried and for who tries: many clients at one account, and one client
    at many accounts, both meet a limit."""

    limits: Limits
    rules: Mapping[Limit, Rule]
    client: str
    device_tokens: DeviceTokens
    device_token: str
    """What the client showed of an earlier login; empty if nothing."""

    async def hit(self, limit: Limit, key: str) -> None:
        await self._count_client(limit)
        await self.limits.take(f"auth:{limit}:key:{key}", self.rules[limit])

    async def mail(self, address: str, kind: str) -> None:
        await self._count_client(Limit.MAIL)
        # Of their own, too, for whoever signed in here before: see `try_password`.
        await self.limits.take(f"auth:mail:{kind}:{self._who(address)}", self.rules[Limit.MAIL])

    async def try_password(self, account: str) -> None:
        # Whoever signed in here before has tries of their own, which strangers cannot use up:
        # else anybody could lock anybody out (OWASP, "device cookies").
        if not self._is_known_to(account):
            await self._count_client(Limit.LOGIN)
        for key, rule in self._steps(account):
            await self.limits.take(key, rule)

    async def failures(self, account: str) -> int:
        counted = [await self.limits.count(key, FAILURES, 0) for key in self._failed(account)]
        return max(counted)

    async def count_failure(self, account: str) -> None:
        for key in self._failed(account):
            await self.limits.count(key, FAILURES)

    async def forgive(self, account: str) -> None:
        for key, _ in self._steps(account):
            await self.limits.forget(key)
        # Not those of the client: a guesser would sign in to an account of their own in between.
        await self.limits.forget(f"auth:failures:{self._who(account)}")

    async def _count_client(self, limit: Limit) -> None:
        rule = self.rules[limit]
        neighbours = Rule(rule.limit * NEIGHBOURS, rule.per)
        await self.limits.take(f"auth:{limit}:client:{client_range(self.client)}", rule)
        await self.limits.take(f"auth:{limit}:network:{network_of(self.client)}", neighbours)

    def _steps(self, account: str) -> list[tuple[str, Rule]]:
        """The shortest wait first: a try that it refuses does not count towards the longer ones."""
        who = self._who(account)
        rules = (self.rules[Limit.LOGIN], *BACKOFF)
        return [(f"auth:login:{who}:{step}", rule) for step, rule in enumerate(rules)]

    def _failed(self, account: str) -> list[str]:
        """A known device is asked for its own failures alone, whoever else tries beside it."""
        keys = [f"auth:failures:{self._who(account)}"]
        if not self._is_known_to(account):
            keys.append(f"auth:failures:client:{client_range(self.client)}")
        return keys

    def _who(self, account: str) -> str:
        return f"device:{self.device_token}" if self._is_known_to(account) else f"key:{account}"

    def _is_known_to(self, account: str) -> bool:
        return bool(self.device_token) and self.device_tokens.fits(self.device_token, account)
