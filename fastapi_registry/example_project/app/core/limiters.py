"""How often something may be tried. GCRA: one number a key, no window to sit out.

A limiter keeps for each key the moment at which its allowance is whole again
("theoretical arrival time"). It is atomic in memory, and in Redis by a script.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, Protocol

import structlog
from pydantic import BeforeValidator

from app.clients.redis import Redis, RedisDown, Script
from app.core.config import CoreSettings
from app.core.errors import TooManyRequests

log = structlog.get_logger(__name__)

_PERIODS: Final = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
_RULE: Final = re.compile(r"\s*(\d+)\s*(?:/|per)\s*(\d*)\s*(second|minute|hour|day)s?\s*")


@dataclass(frozen=True)
class Rule:
    """At most `limit` in `per`; all of them may come at once."""

    limit: int
    per: timedelta

    @property
    def step(self) -> float:
        """Seconds after which one more is allowed."""
        return self.per.total_seconds() / self.limit

    def __str__(self) -> str:
        """As `parse` reads it."""
        name = next(name for name in reversed(_PERIODS) if not self.per % _PERIODS[name])
        count = self.per // _PERIODS[name]
        return f"{self.limit}/{name}" if count == 1 else f"{self.limit}/{count}{name}s"

    @classmethod
    def parse(cls, text: str) -> Rule:
        """`5/minute`, `20 per hour`, `3/15minutes`. Raises `ValueError`."""
        found = _RULE.fullmatch(text.lower())
        if not found or int(found[1]) == 0:
            raise ValueError("write a rate limit as `5/minute`")
        return cls(int(found[1]), int(found[2] or 1) * _PERIODS[found[3]])


def _rule(value: object) -> object:
    return Rule.parse(value) if isinstance(value, str) else value


RateLimit = Annotated[Rule, BeforeValidator(_rule)]
"""A rule as a settings field: `login: Annotated[RateLimit, Flat("AUTH_LOGIN_RATE_LIMIT")]`."""


@dataclass(frozen=True)
class Verdict:
    allowed: bool
    remaining: int
    retry_after: timedelta
    """Zero if it was allowed."""


class Limiter(Protocol):
    async def hit(self, key: str, rule: Rule, cost: int = 1) -> Verdict:
        """Spend `cost`, or nothing at all if that is too much."""

    async def forget(self, key: str) -> None:
        """The whole allowance again."""


def _verdict(allowed: bool, debt: float, rule: Rule, cost: int) -> Verdict:
    """`debt`: seconds until the allowance is whole again."""
    period = rule.per.total_seconds()
    wait = 0.0 if allowed else max(0.0, debt + cost * rule.step - period)
    remaining = max(0, int((period - debt) / rule.step + 1e-9))
    return Verdict(allowed, remaining, timedelta(seconds=wait))


class MemoryLimiter:
    """For one process. Bounded, so that a flood of new keys cannot fill the memory."""

    def __init__(
        self, *, max_keys: int = 100_000, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._whole_again: dict[str, float] = {}
        self._max_keys = max_keys
        self._monotonic = monotonic

    async def hit(self, key: str, rule: Rule, cost: int = 1) -> Verdict:
        now = self._monotonic()
        before = max(self._whole_again.get(key, now), now)
        after = before + cost * rule.step
        if after - now > rule.per.total_seconds() + 1e-9:
            return _verdict(False, before - now, rule, cost)
        if key not in self._whole_again and len(self._whole_again) >= self._max_keys:
            self._make_room(now)
        self._whole_again[key] = after
        return _verdict(True, after - now, rule, cost)

    async def forget(self, key: str) -> None:
        self._whole_again.pop(key, None)

    def _make_room(self, now: float) -> None:
        """Drop keys that owe nothing, or else those nearest to that."""
        idle = [key for key, moment in self._whole_again.items() if moment <= now]
        if not idle:
            by_moment = sorted(self._whole_again, key=self._whole_again.__getitem__)
            idle = by_moment[: max(1, self._max_keys // 10)]
        for key in idle:
            del self._whole_again[key]


# The clock is that of Redis, so that machines need not agree on the time.
_GCRA: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local period, limit, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local before = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local after = before + cost * period / limit
if after - now > period + 1 then
  return {0, string.format('%.0f', before - now)}
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1)
return {1, string.format('%.0f', after - now)}
"""


class RedisLimiter:
    """For several processes and machines. Raises `RedisDown`."""

    def __init__(self, redis: Redis, prefix: str = "limit:") -> None:
        self._redis = redis
        self._script = Script(_GCRA)
        self._prefix = prefix

    async def hit(self, key: str, rule: Rule, cost: int = 1) -> Verdict:
        period = int(rule.per.total_seconds() * 1_000_000)
        allowed, debt = await self._redis.run(
            self._script, keys=[self._prefix + key], args=[period, rule.limit, cost]
        )
        return _verdict(bool(int(allowed)), int(debt) / 1_000_000, rule, cost)

    async def forget(self, key: str) -> None:
        await self._redis.delete(self._prefix + key)


class SharedLimiter:
    """Redis while it answers; while it is down each process limits for itself.

    An attacker who can stop Redis gains neither an outage nor free tries. After a failure
    Redis is left alone for a moment, so that not every request waits for its time-out.
    """

    def __init__(
        self,
        shared: RedisLimiter,
        local: MemoryLimiter,
        *,
        pause: timedelta = timedelta(seconds=1),
    ) -> None:
        self._shared = shared
        self._local = local
        self._pause = pause
        self._asked_again_at = 0.0

    async def hit(self, key: str, rule: Rule, cost: int = 1) -> Verdict:
        if time.monotonic() >= self._asked_again_at:
            try:
                return await self._shared.hit(key, rule, cost)
            except RedisDown as error:
                self._asked_again_at = time.monotonic() + self._pause.total_seconds()
                log.warning("limits are local: Redis does not answer", error=str(error))
        return await self._local.hit(key, rule, cost)

    async def forget(self, key: str) -> None:
        await self._local.forget(key)
        try:
            await self._shared.forget(key)
        except RedisDown as error:
            log.warning("a limit was not reset: Redis does not answer", error=str(error))


class Limits:
    """The limits of an app."""

    def __init__(
        self, limiter: Limiter, *, enabled: bool = True, own_redis: Redis | None = None
    ) -> None:
        self._limiter = limiter
        self.enabled = enabled
        self._own_redis = own_redis

    @classmethod
    def of(
        cls, settings: CoreSettings, redis: Redis, monotonic: Callable[[], float] = time.monotonic
    ) -> Limits:
        local = MemoryLimiter(monotonic=monotonic)
        url = settings.rate_limit.storage_url.get_secret_value() or redis.url
        if not url.startswith(("redis://", "rediss://", "unix://")):
            return cls(local, enabled=settings.rate_limit.enabled)
        own = Redis(url) if url != redis.url else None
        limiter = SharedLimiter(RedisLimiter(own or redis), local)
        return cls(limiter, enabled=settings.rate_limit.enabled, own_redis=own)

    async def take(self, key: str, rule: Rule, cost: int = 1) -> None:
        """Raises `TooManyRequests` with the exact time to wait."""
        if not self.enabled:
            return
        verdict = await self._limiter.hit(key, rule, cost)
        if not verdict.allowed:
            raise TooManyRequests(verdict.retry_after)

    async def count(self, key: str, rule: Rule, cost: int = 1) -> int:
        """How many were counted lately, `rule.limit` at most. A `cost` of 0 only looks.

        Refuses nobody, so it also counts where limits are switched off.
        """
        verdict = await self._limiter.hit(key, rule, cost)
        return rule.limit - verdict.remaining

    async def is_first(self, key: str, within: timedelta) -> bool:
        """True for one of all who ask in that time, also where limits are switched off."""
        return (await self._limiter.hit(key, Rule(1, within))).allowed

    async def forget(self, key: str) -> None:
        await self._limiter.forget(key)

    async def close(self) -> None:
        if self._own_redis is not None:
            await self._own_redis.close()
