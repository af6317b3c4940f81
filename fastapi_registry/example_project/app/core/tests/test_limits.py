"""Limits: exact, atomic, and never gone when Redis is."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest

from app.clients.redis import Redis
from app.core.errors import TooManyRequests
from app.core.limiters import Limiter, Limits, MemoryLimiter, RedisLimiter, Rule, SharedLimiter
from app.core.runtime import Runtime
from app.core.testing import Clock

FIVE_A_MINUTE = Rule(5, timedelta(minutes=1))


@pytest.fixture(params=["memory", "redis", "redis is down"])
async def limiter(request: pytest.FixtureRequest) -> AsyncIterator[Limiter]:
    if request.param == "memory":
        yield MemoryLimiter()
        return
    url = "redis://127.0.0.1:1" if "down" in request.param else os.environ.get("TEST_REDIS_URL")
    if not url:
        pytest.skip("TEST_REDIS_URL is not set")
    redis = Redis(url)
    yield SharedLimiter(RedisLimiter(redis, prefix=f"test:{uuid4()}:"), MemoryLimiter())
    await redis.close()


async def test_allows_as_many_as_the_rule_says(limiter: Limiter) -> None:
    verdicts = [await limiter.hit("ada", FIVE_A_MINUTE) for _ in range(6)]

    assert [verdict.allowed for verdict in verdicts] == [True] * 5 + [False]
    assert [verdict.remaining for verdict in verdicts] == [4, 3, 2, 1, 0, 0]


async def test_says_when_to_come_back(limiter: Limiter) -> None:
    for _ in range(5):
        await limiter.hit("ada", FIVE_A_MINUTE)

    refused = await limiter.hit("ada", FIVE_A_MINUTE)

    assert timedelta(seconds=11) < refused.retry_after <= timedelta(seconds=12)


async def test_counts_each_key_for_itself(limiter: Limiter) -> None:
    for _ in range(5):
        await limiter.hit("ada", FIVE_A_MINUTE)

    assert (await limiter.hit("grace", FIVE_A_MINUTE)).allowed


async def test_r37_holds_when_all_come_at_once(limiter: Limiter) -> None:
    verdicts = await asyncio.gather(*(limiter.hit("ada", FIVE_A_MINUTE) for _ in range(50)))

    assert sum(verdict.allowed for verdict in verdicts) == 5


async def test_forgets_when_told_to(limiter: Limiter) -> None:
    for _ in range(5):
        await limiter.hit("ada", FIVE_A_MINUTE)

    await limiter.forget("ada")

    assert (await limiter.hit("ada", FIVE_A_MINUTE)).allowed


async def test_who_waits_as_long_as_told_is_let_in(clock: Clock) -> None:
    limiter = MemoryLimiter(monotonic=clock.monotonic)
    for _ in range(5):
        await limiter.hit("ada", FIVE_A_MINUTE)
    refused = await limiter.hit("ada", FIVE_A_MINUTE)

    clock.advance(refused.retry_after)

    assert (await limiter.hit("ada", FIVE_A_MINUTE)).allowed


async def test_memory_stays_bounded() -> None:
    limiter = MemoryLimiter(max_keys=10)

    for number in range(1000):
        await limiter.hit(f"key {number}", FIVE_A_MINUTE)

    assert len(limiter._whole_again) <= 10


async def test_can_be_switched_off() -> None:
    limits = Limits(MemoryLimiter(), enabled=False)

    for _ in range(10):
        await limits.take("ada", FIVE_A_MINUTE)


async def test_counts_without_refusing(limiter: Limiter) -> None:
    limits = Limits(limiter, enabled=False)

    counted = [await limits.count("failures", FIVE_A_MINUTE) for _ in range(6)]

    assert counted == [1, 2, 3, 4, 5, 5]
    assert await limits.count("failures", FIVE_A_MINUTE, cost=0) == 5
    assert await limits.count("others", FIVE_A_MINUTE, cost=0) == 0


async def test_one_of_many_is_first(limiter: Limiter) -> None:
    limits = Limits(limiter, enabled=False)

    asked = (limits.is_first("a token", timedelta(minutes=1)) for _ in range(50))

    assert sum(await asyncio.gather(*asked)) == 1


async def test_an_error_carries_the_time_to_wait() -> None:
    limits = Limits(MemoryLimiter())
    for _ in range(5):
        await limits.take("ada", FIVE_A_MINUTE)

    with pytest.raises(TooManyRequests) as refused:
        await limits.take("ada", FIVE_A_MINUTE)

    assert refused.value.headers == {"Retry-After": "12"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("5/minute", FIVE_A_MINUTE),
        (" 5 per minute ", FIVE_A_MINUTE),
        ("3/15minutes", Rule(3, timedelta(minutes=15))),
        ("100/hour", Rule(100, timedelta(hours=1))),
    ],
)
def test_a_rule_is_written_as_people_say_it(text: str, rule: Rule) -> None:
    assert Rule.parse(text) == rule


@pytest.mark.parametrize("text", ["", "five/minute", "0/minute", "5/fortnight", "-1/minute"])
def test_refuses_what_is_no_rule(text: str) -> None:
    with pytest.raises(ValueError, match="5/minute"):
        Rule.parse(text)


async def test_the_default_limit_rules_every_route(
    client: httpx2.AsyncClient, runtime: Runtime
) -> None:
    runtime.settings.rate_limit.default_per_minute = 2

    answers = [await client.get("/api/v1/notes") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "30"
    assert answers[-1].json()["code"] == "rate_limited"
    assert (await client.get("/health")).status_code == 200


async def test_r8_a_spoofed_header_does_not_lead_around_a_limit(
    client: httpx2.AsyncClient, runtime: Runtime
) -> None:
    runtime.settings.rate_limit.default_per_minute = 2

    answers = [
        await client.get("/api/v1/notes", headers={"x-forwarded-for": f"198.51.100.{number}"})
        for number in range(3)
    ]

    assert answers[-1].status_code == 429
