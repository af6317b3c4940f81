"""An app with second factors, and a person who sets them up over HTTP."""

import re
import secrets
from base64 import b32decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from app import core
from app.core.blocks import Block
from app.core.config import CoreSettings
from app.core.ids import uuid7
from app.core.runtime import Runtime
from app.core.testing import Clock, SentMails
from app.modules import auth, two_factor
from app.modules.auth import Auth, AuthSettings, User
from app.modules.two_factor import TwoFactorSettings
from app.modules.two_factor.models import TotpParameters
from app.modules.two_factor.tests.authenticator import Authenticator
from app.modules.two_factor.totp import code, step_at

PASSWORD = "a quiet walk along the river"
# A real hash takes its time on purpose, and these tests are about something else.
QUICK_HASHES = {"password_hash_memory_kib": 8, "password_hash_passes": 1}
NEW_KEY = secrets.token_urlsafe(32)
# For what is a rule, and the same on every storage.
on_one_storage = pytest.mark.parametrize("database_url", ["memory://"])
WHATEVER_THE_SETTINGS = TotpParameters("SHA1", 6, 30)


class Settings(CoreSettings):
    auth: AuthSettings = AuthSettings()
    two_factor: TwoFactorSettings = TwoFactorSettings()


@pytest.fixture
def blocks() -> Sequence[Block]:
    return (core.block, auth.block, two_factor.block)


@pytest.fixture
def settings_type() -> type[CoreSettings]:
    return Settings


@pytest.fixture
def options() -> dict[str, object]:
    """Settings of two_factor that differ from the defaults. Parametrise or override it."""
    return {}


@pytest.fixture
def settings(settings: Settings, options: dict[str, object]) -> Settings:
    settings.auth = AuthSettings.model_validate(QUICK_HASHES)
    key = {"encryption_key": NEW_KEY}
    settings.two_factor = TwoFactorSettings.model_validate(key | options)
    settings.rate_limit.enabled = False  # the limits of two_factor are others, and always count
    return settings


@dataclass
class Person:
    """Somebody with a mailbox, an authenticator app, a passkey, and a sheet of paper."""

    client: httpx2.AsyncClient
    outbox: SentMails
    clock: Clock
    email: str = "ada@example.com"
    tokens: dict[str, Any] = field(default_factory=dict)
    secret: bytes = b""
    backup_codes: list[str] = field(default_factory=list)
    device: Authenticator = field(default_factory=Authenticator)

    async def post(self, path: str, **body: object) -> httpx2.Response:
        return await self.ask("POST", f"two-factor/{path}", body)

    async def get(self, path: str) -> Any:
        response = await self.ask("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    async def delete(self, path: str) -> httpx2.Response:
        return await self.ask("DELETE", f"two-factor/{path}")

    async def ask(self, method: str, path: str, body: object = None) -> httpx2.Response:
        token = self.tokens.get("accessToken")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.request(method, f"/api/v1/{path}", json=body, headers=headers)

    async def login(self) -> dict[str, Any]:
        """What the password alone gives."""
        body = {"email": self.email, "password": PASSWORD}
        response = await self.client.post("/api/v1/auth/login", json=body)
        return self.keep(response)

    async def first_step(self) -> str:
        token: str = (await self.login())["twoFactorToken"]
        return token

    async def set_up_totp(self) -> httpx2.Response:
        setup = (await self.post("totp/initiate")).json()
        self.secret = b32decode(setup["secret"])
        response = await self.post("totp/verify", setupToken=setup["setupToken"], code=self.code())
        self.backup_codes = response.json().get("backupCodes", [])
        return response

    async def second_step(self, token: str, code: str, **more: object) -> httpx2.Response:
        response = await self.post("totp/verify-login", twoFactorToken=token, code=code, **more)
        self.keep(response)
        return response

    async def sign_in_with_totp(self, **more: object) -> None:
        response = await self.second_step(await self.first_step(), self.next_code(), **more)
        assert response.status_code == 200, response.text

    async def set_up_passkey(self, name: str = "Phone") -> httpx2.Response:
        options = (await self.post("webauthn/register/initiate")).json()["publicKey"]
        response = await self.post(
            "webauthn/register/complete", credential=self.device.create(options), name=name
        )
        self.backup_codes = response.json().get("backupCodes") or self.backup_codes
        return response

    async def sign_in_with_passkey(self) -> httpx2.Response:
        """Without a password."""
        options = (await self.post("webauthn/authenticate/initiate")).json()["publicKey"]
        response = await self.post(
            "webauthn/authenticate/complete", credential=self.device.get(options)
        )
        self.keep(response)
        return response

    async def reauthenticate(self, **proof: object) -> httpx2.Response:
        response = await self.ask("POST", "auth/reauthenticate", proof)
        self.keep(response)
        return response

    def keep(self, response: httpx2.Response) -> dict[str, Any]:
        body: dict[str, Any] = response.json()
        if response.status_code == 200 and "accessToken" in body:
            self.tokens = body
        return body

    def code(self, *, steps: int = 0) -> str:
        """What the app shows, so many periods from now."""
        parameters = WHATEVER_THE_SETTINGS
        return code(self.secret, step_at(self.clock(), parameters) + steps, parameters)

    def next_code(self) -> str:
        """That of the next period, which is taken already: the present one may be used."""
        return self.code(steps=1)

    async def mails(self) -> list[str]:
        """The subjects, in order."""
        return [mail.subject for mail in await self.outbox.to(self.email)]

    async def mailed_token(self, page: str) -> str:
        pattern = re.compile(rf"http://localhost:3000/{page}#token=(\S+)")
        mails = await self.outbox.to(self.email)
        return [found[1] for mail in mails if (found := pattern.search(mail.text))][-1]


async def signed_in(
    email: str, runtime: Runtime, client: httpx2.AsyncClient, outbox: SentMails, clock: Clock
) -> Person:
    person = Person(client, outbox, clock, email)
    async with runtime.unit_of_work() as work:
        hashing = work.section(AuthSettings).hashing
        await Auth(work).users.add(
            User(
                id=uuid7(),
                email=email,
                email_key=email,
                name="Ada Lovelace",
                password_hash=await hashing.hash(PASSWORD),
                email_verified_at=work.now(),
                created_at=work.now(),
            )
        )
    await person.login()
    return person


@pytest.fixture
async def ada(
    runtime: Runtime, client: httpx2.AsyncClient, outbox: SentMails, clock: Clock
) -> Person:
    """Verified, signed in with a password, and without a second factor."""
    return await signed_in("ada@example.com", runtime, client, outbox, clock)


@pytest.fixture
async def eve(
    runtime: Runtime, client: httpx2.AsyncClient, outbox: SentMails, clock: Clock
) -> Person:
    """Somebody else."""
    return await signed_in("eve@example.com", runtime, client, outbox, clock)
