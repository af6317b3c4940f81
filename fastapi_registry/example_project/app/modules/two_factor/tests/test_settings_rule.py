"""Every variable of two_factor has an effect that somebody outside of the app can see."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Final
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from app import core
from app.core.app_factory import create_app
from app.core.runtime import Runtime, build_runtime
from app.core.tables import Base
from app.core.testing import Clock, SentMails
from app.core.tests.effects import Effect, Observer, unobserved
from app.modules import auth, two_factor
from app.modules.two_factor import TwoFactorSettings
from app.modules.two_factor.tests.conftest import Person, Settings, signed_in

BLOCKS: Final = (core.block, auth.block, two_factor.block)
EARLIER_KEY: Final = secrets.token_urlsafe(32)
ANOTHER_PAGE: Final = "https://my.shop.example"
USUAL: Final = None
"""Left unsaid: what every app assumes."""


class OwnSettings(BaseSettings):
    two_factor: TwoFactorSettings = TwoFactorSettings()


@cache
def an_app() -> FastAPI:
    """One will do: what the variables say is asked for in each request."""
    return create_app(Settings(), BLOCKS)


@asynccontextmanager
async def ada_signed_in() -> AsyncIterator[Person]:
    """Without a second factor, in a world made from the environment."""
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
        yield await signed_in("ada@example.com", runtime, client, mails, clock)


def seen(look: Callable[[Person], Awaitable[object]]) -> Observer:
    async def observe() -> object:
        async with ada_signed_in() as ada:
            return await look(ada)

    return observe


# --- what can be seen


async def signing_in_with_what_an_earlier_key_sealed(ada: Person) -> int:
    runtime = an_app().state.blocks
    assert isinstance(runtime, Runtime)
    section = runtime.settings.section(TwoFactorSettings)
    present, section.encryption_key = section.encryption_key, SecretStr(EARLIER_KEY)
    await ada.set_up_totp()
    section.encryption_key = present
    return (await ada.second_step(await ada.first_step(), ada.next_code())).status_code


def told_to_an_app(name: str) -> Observer:
    async def read(ada: Person) -> object:
        setup = (await ada.post("totp/initiate")).json()
        return parse_qs(urlsplit(setup["qrCodeUri"]).query).get(name)

    return seen(read)


async def signing_in_with_the_next_code(ada: Person) -> int:
    await ada.set_up_totp()
    return (await ada.second_step(await ada.first_step(), ada.next_code())).status_code


async def backup_codes(ada: Person) -> int:
    await ada.set_up_totp()
    return len(ada.backup_codes)


def told_to_a_browser(pick: Callable[[dict[str, dict[str, str]]], object]) -> Observer:
    async def read(ada: Person) -> object:
        return pick((await ada.post("webauthn/register/initiate")).json()["publicKey"])

    return seen(read)


async def setting_up_a_passkey_on_another_page(ada: Person) -> int:
    ada.device.origin = ANOTHER_PAGE
    return (await ada.set_up_passkey()).status_code


async def setting_up_a_second_passkey(ada: Person) -> int:
    await ada.set_up_passkey()
    await ada.sign_in_with_passkey()
    return (await ada.post("webauthn/register/initiate")).status_code


async def minutes_for_the_second_step(ada: Person) -> float:
    await ada.set_up_totp()
    return minutes_until((await ada.login())["expiresAt"], ada)


async def minutes_for_a_setup(ada: Person) -> float:
    return minutes_until((await ada.post("totp/initiate")).json()["expiresAt"], ada)


def minutes_until(moment: str, ada: Person) -> float:
    return (datetime.fromisoformat(moment) - ada.clock()).total_seconds() / 60


async def wrong_answers_until_one_waits(ada: Person) -> int:
    await ada.set_up_totp()
    wrong = 0
    while (await ada.reauthenticate(totpCode="000000")).status_code == 401:
        wrong += 1
    return wrong


async def seconds_that_one_waits(ada: Person) -> str:
    await wrong_answers_until_one_waits(ada)
    locked = await ada.reauthenticate(totpCode=ada.next_code())
    return str(locked.headers["Retry-After"])


async def signing_in_on_a_trusted_device(ada: Person) -> bool:
    """Whether the password alone is enough."""
    await ada.set_up_totp()
    await ada.sign_in_with_totp(trustDevice=True)
    return "accessToken" in await ada.login()


async def listing_sessions_without_a_second_factor(ada: Person) -> int:
    return (await ada.ask("GET", "auth/sessions")).status_code


# --- the table


def effect(
    variable: str, value: str, seen: Observer, otherwise: object, then: object, **given: str
) -> Effect:
    usual = {
        "APP_NAME": "FastAPI Blocks",
        "DATABASE_URL": "memory://",
        "PASSWORD_HASH_MEMORY_KIB": "8",
        "PASSWORD_HASH_PASSES": "1",
        "RATE_LIMIT_ENABLED": "false",
    }
    return Effect(variable, value, seen, otherwise, then, usual | given)


EFFECTS: Final = (
    *(
        effect(name, EARLIER_KEY, seen(signing_in_with_what_an_earlier_key_sealed), 500, 200)
        for name in ("TWO_FACTOR_ENCRYPTION_KEY", "TWO_FACTOR_PREVIOUS_ENCRYPTION_KEYS")
    ),
    effect("TOTP_ISSUER", "Shop", told_to_an_app("issuer"), ["FastAPI Blocks"], ["Shop"]),
    effect("TOTP_ALGORITHM", "SHA512", told_to_an_app("algorithm"), USUAL, ["SHA512"]),
    effect("TOTP_PERIOD", "60", told_to_an_app("period"), USUAL, ["60"]),
    effect("TOTP_DIGITS", "8", told_to_an_app("digits"), USUAL, ["8"]),
    effect("TOTP_TIME_WINDOW", "0", seen(signing_in_with_the_next_code), 200, 401),
    effect("BACKUP_CODES_COUNT", "12", seen(backup_codes), 10, 12),
    effect(
        "WEBAUTHN_RP_ID",
        "shop.example",
        told_to_a_browser(lambda options: options["rp"]["id"]),
        "my.shop.example",
        "shop.example",
        WEBAUTHN_ORIGIN=ANOTHER_PAGE,
    ),
    effect(
        "WEBAUTHN_RP_NAME",
        "Shop",
        told_to_a_browser(lambda options: options["rp"]["name"]),
        "FastAPI Blocks",
        "Shop",
    ),
    effect("WEBAUTHN_ORIGIN", ANOTHER_PAGE, seen(setting_up_a_passkey_on_another_page), 400, 200),
    effect(
        "WEBAUTHN_TIMEOUT",
        "60000",
        told_to_a_browser(lambda options: options["timeout"]),
        300_000,
        60_000,
    ),
    effect("PASSKEYS_PER_USER", "1", seen(setting_up_a_second_passkey), 200, 409),
    effect("TWO_FACTOR_TOKEN_EXPIRES_MINUTES", "2", seen(minutes_for_the_second_step), 5, 2),
    effect("SETUP_TOKEN_EXPIRES_MINUTES", "2", seen(minutes_for_a_setup), 10, 2),
    effect("MAX_VERIFICATION_ATTEMPTS", "3", seen(wrong_answers_until_one_waits), 10, 3),
    effect("VERIFICATION_LOCKOUT_MINUTES", "20", seen(seconds_that_one_waits), "900", "1200"),
    effect("TRUSTED_DEVICE_DAYS", "0", seen(signing_in_on_a_trusted_device), True, False),
    effect(
        "TWO_FACTOR_REQUIRED_FOR", "*", seen(listing_sessions_without_a_second_factor), 200, 403
    ),
)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.variable)
async def test_a_variable_rules(effect: Effect, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await effect.observed(Settings, monkeypatch) == (effect.otherwise, effect.then)


def test_no_variable_is_forgotten() -> None:
    assert unobserved(OwnSettings, EFFECTS) == set()
