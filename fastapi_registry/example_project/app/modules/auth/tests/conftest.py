"""An app with auth, and a person who uses it over HTTP."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import argon2
import httpx2
import pytest

from app import core
from app.core.blocks import Block
from app.core.config import CoreSettings
from app.core.ids import uuid7
from app.core.runtime import Runtime
from app.core.testing import SentMails
from app.modules import auth
from app.modules.auth import AuthSettings, User
from app.modules.auth.passwords import LEAST_MEMORY_KIB, LEAST_PASSES
from app.modules.auth.repositories import UserRepository

PASSWORD = "a quiet walk along the river"
ANOTHER_PASSWORD = "the heron stands on one leg"
# A real hash takes its time on purpose, and most tests are about something else.
QUICK_HASHES = {"password_hash_memory_kib": 8, "password_hash_passes": 1}
REAL_HASHES = {
    "password_hash_memory_kib": LEAST_MEMORY_KIB,
    "password_hash_passes": LEAST_PASSES,
}
# For what has nothing to do with where users and sessions are stored.
ONE_STORAGE = pytest.mark.parametrize("database_url", ["memory"], indirect=True)
PASSWORD_HASH = argon2.PasswordHasher(memory_cost=8, time_cost=1, parallelism=1).hash(PASSWORD)


class Settings(CoreSettings):
    auth: AuthSettings = AuthSettings()


@pytest.fixture
def blocks() -> Sequence[Block]:
    return (core.block, auth.block)


@pytest.fixture
def settings_type() -> type[CoreSettings]:
    return Settings


@pytest.fixture
def auth_options() -> dict[str, object]:
    """Settings of auth that differ from the defaults. Parametrise or override it."""
    return {}


@pytest.fixture
def rate_limited() -> bool:
    """Whether requests are counted. Override it where a test makes many."""
    return True


@pytest.fixture
def settings(settings: Settings, auth_options: dict[str, object], rate_limited: bool) -> Settings:
    settings.auth = AuthSettings.model_validate(QUICK_HASHES | auth_options)
    settings.rate_limit.enabled = rate_limited
    return settings


@dataclass
class Person:
    """Somebody with a mailbox and a client. What they hold of their session is kept."""

    client: httpx2.AsyncClient
    outbox: SentMails
    email: str = "ada@example.com"
    password: str = PASSWORD
    name: str = "Ada Lovelace"
    tokens: dict[str, Any] = field(default_factory=dict)

    async def post(self, path: str, **body: object) -> httpx2.Response:
        return await self.client.post(f"/api/v1/auth/{path}", json=body, headers=self._headers)

    async def get(self, path: str) -> httpx2.Response:
        return await self.client.get(f"/api/v1/auth/{path}", headers=self._headers)

    async def patch(self, path: str, **body: object) -> httpx2.Response:
        return await self.client.patch(f"/api/v1/auth/{path}", json=body, headers=self._headers)

    async def delete(self, path: str, **body: object) -> httpx2.Response:
        return await self.client.request(
            "DELETE", f"/api/v1/auth/{path}", json=body or None, headers=self._headers
        )

    async def register(self) -> httpx2.Response:
        return await self.post("register", email=self.email, password=self.password, name=self.name)

    async def verify(self) -> httpx2.Response:
        return await self.post("verify-email", token=await self.mailed_token("verify-email"))

    async def login(self) -> httpx2.Response:
        response = await self.post("login", email=self.email, password=self.password)
        self.keep(response)
        return response

    async def refresh(self) -> httpx2.Response:
        response = await self.post("refresh", refreshToken=self.tokens["refreshToken"])
        self.keep(response)
        return response

    def keep(self, response: httpx2.Response) -> None:
        if response.status_code == 200 and "accessToken" in response.json():
            self.tokens = response.json()

    async def mails(self) -> list[str]:
        """The subjects, in order."""
        return [mail.subject for mail in await self.outbox.to(self.email)]

    async def mailed_token(self, page: str) -> str:
        """The newest token for a page of the front end."""
        return (await self.mailed_tokens(page))[-1]

    async def mailed_tokens(self, page: str) -> list[str]:
        """All of them, in order."""
        pattern = re.compile(rf"http://localhost:3000/{page}#token=(\S+)")
        mails = await self.outbox.to(self.email)
        return [found[1] for mail in mails if (found := pattern.search(mail.text))]

    def on_another_device(self) -> "Person":
        return Person(self.client, self.outbox, self.email, self.password, self.name)

    def named(self, email: str) -> "Person":
        """The same client, for somebody else."""
        return Person(self.client, self.outbox, email)

    @property
    def _headers(self) -> dict[str, str]:
        if not self.tokens:
            return {}
        return {"Authorization": f"Bearer {self.tokens['accessToken']}"}


@pytest.fixture
def stranger(client: httpx2.AsyncClient, outbox: SentMails) -> Person:
    """Has no account and is not signed in."""
    return Person(client, outbox, email="eve@example.com", name="Eve")


@pytest.fixture
async def ada(runtime: Runtime, client: httpx2.AsyncClient, outbox: SentMails) -> Person:
    """Verified and signed in."""
    ada = Person(client, outbox)
    async with runtime.unit_of_work() as work:
        await UserRepository(work).add(
            User(
                id=uuid7(),
                email=ada.email,
                email_key=ada.email,
                name=ada.name,
                password_hash=PASSWORD_HASH,
                email_verified_at=work.now(),
                created_at=work.now(),
            )
        )
    await ada.login()
    return ada
