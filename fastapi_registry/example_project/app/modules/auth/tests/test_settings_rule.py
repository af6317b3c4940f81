"""Every variable of auth has an effect that somebody outside of the app can see."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import httpx2
import jwt
import pytest
from fastapi import FastAPI
from pydantic_settings import BaseSettings
from sqlalchemy import select

from app import core
from app.core.app_factory import create_app
from app.core.runtime import Runtime, build_runtime
from app.core.tables import Base
from app.core.testing import Clock, SentMails
from app.core.tests.effects import Effect, Observer, unobserved
from app.modules import auth
from app.modules.auth import AuthSettings
from app.modules.auth.db_models import UserRow
from app.modules.auth.peppers import Pepper
from app.modules.auth.tests.conftest import ANOTHER_PASSWORD, PASSWORD, Person, Settings

BLOCKS: Final = (core.block, auth.block)
ADA: Final = "ada@example.com"
PEPPER: Final = secrets.token_urlsafe(32)


class OwnSettings(BaseSettings):
    auth: AuthSettings = AuthSettings()


@cache
def an_app() -> FastAPI:
    """One will do: what auth's variables say is asked for in each request."""
    return create_app(Settings(), BLOCKS)


@asynccontextmanager
async def ada() -> AsyncIterator[tuple[Person, Clock]]:
    """Ada and her client, in a world made from the environment."""
    clock, mails = Clock(), SentMails()
    runtime = build_runtime(
        Settings(), BLOCKS, clock=clock, monotonic=clock.monotonic, mailer=mails
    )
    mails.outbox = runtime.outbox
    async with runtime.database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    app = an_app()
    app.state.blocks = runtime
    transport = httpx2.ASGITransport(app)
    async with (
        runtime.lifespan(),
        httpx2.AsyncClient(transport=transport, base_url="https://test") as client,
    ):
        yield Person(client, mails), clock


@asynccontextmanager
async def ada_signed_in() -> AsyncIterator[tuple[Person, Clock]]:
    async with ada() as (person, clock):
        await person.register()
        await person.verify()
        await person.login()
        yield person, clock


# --- what can be seen


async def registering() -> int:
    async with ada() as (person, _):
        return (await person.register()).status_code


async def kept_hash() -> str:
    async with ada() as (person, _):
        await person.register()
        runtime = an_app().state.blocks
        assert isinstance(runtime, Runtime)
        async with runtime.unit_of_work() as work:
            row = await work.fetch_one(select(UserRow.password_hash))
    assert row is not None
    return str(row[0]).split("$")[3]


def access_token(pick: Callable[[str], object]) -> Observer:
    async def look() -> object:
        async with ada_signed_in() as (person, _):
            return pick(person.tokens["accessToken"])

    return look


def algorithm(token: str) -> object:
    return jwt.get_unverified_header(token)["alg"]


def claim(name: str) -> Callable[[str], object]:
    def read(token: str) -> object:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return claims[name]

    return read


async def seconds_of_an_access_token() -> object:
    async with ada_signed_in() as (person, _):
        return person.tokens["expiresIn"]


def refreshing_every(wait: timedelta, *, times: int = 1) -> Observer:
    async def look() -> int:
        async with ada_signed_in() as (person, clock):
            status = 0
            for _ in range(times):
                clock.advance(wait)
                status = (await person.refresh()).status_code
            return status

    return look


async def sessions_of_three_logins() -> object:
    async with ada_signed_in() as (person, _):
        await person.login()
        await person.login()
        return len((await person.get("sessions")).json())


async def changing_the_address_two_minutes_later() -> int:
    async with ada_signed_in() as (person, clock):
        clock.advance(timedelta(minutes=2))
        return (await person.post("change-email", newEmail="lovelace@example.com")).status_code


async def mails_for_another_address() -> list[str]:
    async with ada_signed_in() as (person, _):
        await person.outbox.forget()
        await person.post("change-email", newEmail="lovelace@example.com")
        return [mail.to for mail in await person.outbox.all()]


async def resetting_after_ninety_minutes() -> int:
    async with ada_signed_in() as (person, clock):
        await person.post("forgot-password", email=ADA)
        token = await person.mailed_token("reset-password")
        clock.advance(timedelta(minutes=90))
        answer = await person.post("reset-password", token=token, newPassword=ANOTHER_PASSWORD)
        return answer.status_code


async def verifying_after_half_an_hour() -> int:
    async with ada() as (person, clock):
        await person.register()
        clock.advance(timedelta(minutes=30))
        return (await person.verify()).status_code


async def days_until_a_deletion() -> int:
    async with ada_signed_in() as (person, clock):
        answer = await person.delete("account", password=PASSWORD, confirmation="DELETE")
        return (datetime.fromisoformat(answer.json()["scheduledFor"]) - clock()).days


def twice(request: Callable[[Person], Any]) -> Observer:
    async def look() -> list[int]:
        async with ada_signed_in() as (person, clock):
            clock.advance(timedelta(minutes=2))
            return [(await request(person)).status_code for _ in range(2)]

    return look


async def wrong_login(person: Person) -> httpx2.Response:
    return await person.post("login", email=ADA, password=ANOTHER_PASSWORD)


async def wrong_change_of_password(person: Person) -> httpx2.Response:
    return await person.post(
        "change-password", currentPassword=ANOTHER_PASSWORD, newPassword=ANOTHER_PASSWORD
    )


async def mails_for_two_forgotten_passwords() -> int:
    async with ada_signed_in() as (person, _):
        await person.outbox.forget()
        await person.post("forgot-password", email=ADA)
        await person.post("forgot-password", email=ADA)
        return len(await person.mails())


async def where_a_login_is_kept() -> str:
    async with ada() as (person, _):
        person.client.headers["Origin"] = "http://localhost:3000"
        await person.register()
        await person.verify()
        login = await person.login()
        return "the client" if "accessToken" in login.json() else "cookies"


async def attributes_of_its_cookies() -> bool:
    async with ada() as (person, _):
        person.client.headers["Origin"] = "http://localhost:3000"
        await person.register()
        await person.verify()
        return "Secure" in (await person.login()).headers["set-cookie"]


async def login_of_the_seeded() -> int:
    async with ada() as (person, _):
        return (await person.login()).status_code


async def power_of_the_seeded() -> object:
    async with ada() as (person, _):
        await person.login()
        return (await person.get("me")).json()["isAdmin"]


async def links_in_mails() -> bool:
    async with ada() as (person, _):
        await person.register()
        [mail] = await person.outbox.to(ADA)
        return "https://shop.example/verify-email#token=" in mail.text


# --- the table

OBSERVED_BESIDE: Final = {
    "LEAKED_PASSWORDS_REFUSED": "test_leaked_passwords.py",
    "LEAKED_PASSWORDS_URL": "test_leaked_passwords.py",
    "LEAKED_PASSWORDS_TIMEOUT_SECONDS": "test_leaked_passwords.py",
    "LEAKED_PASSWORDS_WHEN_DOWN": "test_leaked_passwords.py",
}
"""Where it takes a server."""


def effect(
    variable: str, value: str, seen: Observer, otherwise: object, then: object, **given: str
) -> Effect:
    usual = {
        "DATABASE_URL": "memory://",
        "PASSWORD_HASH_MEMORY_KIB": "8",
        "PASSWORD_HASH_PASSES": "1",
    }
    return Effect(variable, value, seen, otherwise, then, usual | given)


EFFECTS: Final = (
    effect("REGISTRATION_ENABLED", "false", registering, 202, 403),
    effect("EMAIL_VERIFICATION_REQUIRED", "false", registering, 202, 201),
    effect("PASSWORD_MIN_LENGTH", "40", registering, 202, 422),
    effect("PASSWORD_HASH_MEMORY_KIB", "16", kept_hash, "m=8,t=1,p=1", "m=16,t=1,p=1"),
    effect("PASSWORD_HASH_PASSES", "2", kept_hash, "m=8,t=1,p=1", "m=8,t=2,p=1"),
    effect(
        "PASSWORD_PEPPERS",
        PEPPER,
        kept_hash,
        "m=8,t=1,p=1",
        f"m=8,t=1,p=1,keyid={Pepper.of(PEPPER).id}",
    ),
    effect("JWT_ALGORITHM", "ES256", access_token(algorithm), "HS256", "ES256"),
    effect("JWT_ISSUER", "shop", access_token(claim("iss")), "auth", "shop"),
    effect("JWT_AUDIENCE", "shop", access_token(claim("aud")), "api", "shop"),
    effect("ACCESS_TOKEN_EXPIRES_MINUTES", "5", seconds_of_an_access_token, 900, 300),
    effect("REFRESH_TOKEN_EXPIRES_DAYS", "1", refreshing_every(timedelta(days=2)), 200, 401),
    effect("SESSION_IDLE_DAYS", "1", refreshing_every(timedelta(days=2)), 200, 401),
    effect("SESSION_ABSOLUTE_DAYS", "3", refreshing_every(timedelta(days=2), times=2), 200, 401),
    effect("SESSIONS_PER_USER", "2", sessions_of_three_logins, 3, 2),
    effect("STEP_UP_MINUTES", "1", changing_the_address_two_minutes_later, 202, 401),
    effect("PASSWORD_RESET_TOKEN_EXPIRES_HOURS", "2", resetting_after_ninety_minutes, 400, 200),
    effect(
        "EMAIL_CHANGE_NEEDS_APPROVAL",
        "true",
        mails_for_another_address,
        ["lovelace@example.com"],
        [ADA],
    ),
    effect("EMAIL_LINK_EXPIRES_MINUTES", "10", verifying_after_half_an_hour, 200, 400),
    effect("ACCOUNT_DELETION_GRACE_DAYS", "1", days_until_a_deletion, 14, 1),
    effect("AUTH_REGISTER_RATE_LIMIT", "1/minute", twice(Person.register), [202, 202], [202, 429]),
    effect("AUTH_LOGIN_RATE_LIMIT", "1/minute", twice(wrong_login), [401, 401], [401, 429]),
    effect("AUTH_REFRESH_RATE_LIMIT", "1/minute", twice(Person.refresh), [200, 200], [200, 429]),
    effect(
        "AUTH_PASSWORD_CHANGE_RATE_LIMIT",
        "1/minute",
        twice(wrong_change_of_password),
        [400, 400],
        [400, 429],
    ),
    effect("AUTH_MAIL_RATE_LIMIT", "1/hour", mails_for_two_forgotten_passwords, 2, 1),
    effect("AUTH_MODE", "cookie", where_a_login_is_kept, "the client", "cookies"),
    effect(
        "AUTH_COOKIE_SECURE", "false", attributes_of_its_cookies, True, False, AUTH_MODE="cookie"
    ),
    effect("AUTH_SEED_EMAIL", ADA, login_of_the_seeded, 401, 200, AUTH_SEED_PASSWORD=PASSWORD),
    effect("AUTH_SEED_PASSWORD", PASSWORD, login_of_the_seeded, 401, 200, AUTH_SEED_EMAIL=ADA),
    effect(
        "AUTH_SEED_ADMIN",
        "true",
        power_of_the_seeded,
        False,
        True,
        AUTH_SEED_EMAIL=ADA,
        AUTH_SEED_PASSWORD=PASSWORD,
    ),
)
OF_CORE: Final = (effect("FRONTEND_URL", "https://shop.example", links_in_mails, False, True),)


@pytest.mark.parametrize("effect", EFFECTS + OF_CORE, ids=lambda effect: effect.variable)
async def test_a_variable_rules(effect: Effect, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await effect.observed(Settings, monkeypatch) == (effect.otherwise, effect.then)


def test_no_variable_is_forgotten() -> None:
    assert unobserved(OwnSettings, EFFECTS) - set(OBSERVED_BESIDE) == set()
