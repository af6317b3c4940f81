"""Four processes, one PostgreSQL, one Redis: what must happen once happens once.

Each request comes over a connection of its own, so that the kernel hands it to any of the four.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx2
import pytest

from tests import services
from tests.project.databases import postgres_database
from tests.project.journey import ADA, FIRST_PASSWORD, SECOND_PASSWORD, Mailbox, Visitor
from tests.security.shop import whole_shop

pytestmark = pytest.mark.slow

WORKERS = 4
LOGINS = 10  # of one account in a minute: the default of AUTH_LOGIN_RATE_LIMIT


@dataclass(frozen=True)
class Site:
    client: httpx2.Client
    mails: Path
    database_url: str
    stop_redis: Callable[[], None]

    def visitor(self, email: str) -> Visitor:
        return Visitor(self.client, Mailbox(email, self.mails))

    def member(self, email: str) -> Visitor:
        """Registered, verified and signed in."""
        visitor = self.visitor(email)
        visitor.register()
        visitor.verify_email()
        visitor.login(FIRST_PASSWORD)
        return visitor

    def at_once(self, count: int, path: str, body: dict[str, str]) -> list[httpx2.Response]:
        return asyncio.run(self._at_once(count, path, body))

    async def _at_once(self, count: int, path: str, body: dict[str, str]) -> list[httpx2.Response]:
        async def post(number: int) -> httpx2.Response:
            # Every request from another network: here the limit for an account is looked at.
            headers = {"X-Forwarded-For": f"203.{number}.113.1", "Connection": "close"}
            return await client.post(path, json=body, headers=headers)

        limits = httpx2.Limits(max_connections=count, max_keepalive_connections=0)
        async with httpx2.AsyncClient(
            base_url=self.client.base_url, limits=limits, timeout=30
        ) as client:
            return await asyncio.gather(*(post(number) for number in range(count)))

    async def accounts(self, email: str) -> int:
        connection = await asyncpg.connect(self.database_url)
        try:
            found = await connection.fetchval("SELECT count(*) FROM users WHERE email = $1", email)
        finally:
            await connection.close()
        return int(found)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with postgres_database() as url, ExitStack() as redis, ExitStack() as stack:
        shop = whole_shop(folder / "shop").with_variables(
            DATABASE_URL=url,
            DATABASE_AUTO_MIGRATE="false",
            REDIS_URL=redis.enter_context(services.redis(folder)),
            TRUSTED_PROXIES="127.0.0.1",
        )
        shop.manage("db", "upgrade")
        server = stack.enter_context(shop.served(workers=WORKERS))
        client = stack.enter_context(httpx2.Client(base_url=server.api, timeout=30))
        yield Site(client, Path(shop.variables["EMAIL_FILE_PATH"]), url, redis.close)


def statuses(responses: list[httpx2.Response]) -> Counter[int]:
    return Counter(response.status_code for response in responses)


def wrong_logins(site: Site, email: str, count: int) -> Counter[int]:
    body = {"email": email, "password": "not the password of anybody"}
    return statuses(site.at_once(count, "/auth/login", body))


def test_r21_of_20_registrations_at_once_one_makes_an_account(site: Site) -> None:
    body = {"email": "grace@example.com", "password": FIRST_PASSWORD, "name": "Grace"}

    answers = site.at_once(20, "/auth/register", body)

    assert statuses(answers) == {202: 20}
    assert asyncio.run(site.accounts("grace@example.com")) == 1
    site.visitor("grace@example.com").verify_email()


def test_r26_of_20_redemptions_of_a_link_one_succeeds(site: Site) -> None:
    ada = site.member(ADA)
    ada.client.post("/auth/forgot-password", json={"email": ADA})
    body = {"token": ada.mailbox.next_token(), "newPassword": SECOND_PASSWORD}

    answers = site.at_once(20, "/auth/reset-password", body)

    assert statuses(answers) == {200: 1, 400: 19}
    ada.login(SECOND_PASSWORD)


def test_r45_of_10_refreshes_at_once_all_get_the_same_successor(site: Site) -> None:
    alan = site.member("alan@example.com")

    answers = site.at_once(10, "/auth/refresh", {"refreshToken": alan.refresh_token})

    assert statuses(answers) == {200: 10}
    assert len({answer.json()["refreshToken"] for answer in answers}) == 1
    alan.keep(answers[0].json())
    alan.refresh()
    alan.me()


def test_r37_a_limit_is_the_same_for_all_of_them(site: Site) -> None:
    assert wrong_logins(site, "edsger@example.com", 50) == {401: LOGINS, 429: 50 - LOGINS}


def test_r37_while_redis_is_down_each_process_limits_for_itself(site: Site) -> None:
    """The last test of this file: Redis does not come back."""
    site.stop_redis()

    answers = wrong_logins(site, "barbara@example.com", 100)

    assert set(answers) == {401, 429}
    # More than one process can have allowed: they have all answered, and none has a common count.
    assert LOGINS < answers[401] <= WORKERS * LOGINS
