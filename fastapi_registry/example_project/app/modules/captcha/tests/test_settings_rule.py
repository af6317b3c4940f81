"""Every variable of captcha has an effect that somebody outside of the app can see."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx2
import pytest

from app import core
from app.core.app_factory import create_app
from app.core.config import CoreSettings, InvalidSettings
from app.core.environment import variables
from app.core.tests.effects import Effect, Observer, unobserved
from app.modules import captcha
from app.modules.captcha.tests.conftest import Person, Settings, desk, outcome
from app.modules.captcha.tests.siteverify import HOST, FakeSiteVerify, Reply, serving

ON: Final = {
    "RECAPTCHA_ENABLED": "true",
    "RECAPTCHA_SECRET_KEY": "a-secret",
    "RECAPTCHA_SITE_KEY": "a-site-key",
    "FRONTEND_URL": f"https://{HOST}",
}
REQUIRED: Final = (400, "captcha_required")
FAILED: Final = (400, "captcha_failed")
UNAVAILABLE: Final = (503, "captcha_unavailable")


@asynccontextmanager
async def desk_from_environment(reply: Reply) -> AsyncIterator[tuple[Person, FakeSiteVerify]]:
    with serving() as siteverify:
        siteverify.begin(lambda: datetime.now(UTC), {"action": "contact", "score": 0.9})
        siteverify.reply = reply
        settings = Settings.model_validate({"captcha": {"verify_url": siteverify.url}})
        app = create_app(settings, (core.block, captcha.block, desk))
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="https://test") as client:
            yield Person(client), siteverify
        await app.state.blocks.close()


def at_the_desk(do: Callable[[Person], Awaitable[object]], reply: Reply | None = None) -> Observer:
    async def see() -> object:
        async with desk_from_environment(reply or Reply()) as (person, _):
            return await do(person)

    return see


async def writing(person: Person) -> object:
    return outcome(await person.write())


async def writing_twice(person: Person) -> object:
    return [await writing(person), await writing(person)]


async def writing_without_a_captcha(person: Person) -> object:
    return outcome(await person.write(""))


async def ringing_after_a_failure(person: Person) -> object:
    return outcome(await person.ring(failures=1))


def told(name: str) -> Observer:
    async def sign(person: Person) -> object:
        (check,) = (await person.client.get("/api/v1/desk/sign")).json()
        return check[name]

    return at_the_desk(sign)


async def secret_that_the_provider_gets() -> object:
    async with desk_from_environment(Reply()) as (person, siteverify):
        await person.write()
    return siteverify.asked[0]["secret"]


async def start() -> object:
    try:
        create_app(Settings(), (core.block, captcha.block))
    except InvalidSettings as error:
        return error.problems
    return "started"


THREE_MINUTES_AGO: Final = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()
EFFECTS: Final = (
    Effect("CAPTCHA_PROVIDER", "turnstile", told("provider"), "recaptcha_v3", "turnstile", ON),
    Effect(
        "RECAPTCHA_ENABLED",
        "true",
        at_the_desk(writing_without_a_captcha),
        200,
        REQUIRED,
        {name: value for name, value in ON.items() if name != "RECAPTCHA_ENABLED"},
    ),
    Effect("RECAPTCHA_SECRET_KEY", "mine", secret_that_the_provider_gets, "a-secret", "mine", ON),
    Effect("RECAPTCHA_SITE_KEY", "mine", told("site_key"), "a-site-key", "mine", ON),
    Effect("RECAPTCHA_VERSION", "v2", told("provider"), "recaptcha_v3", "recaptcha_v2", ON),
    Effect("RECAPTCHA_MIN_SCORE", "0.95", at_the_desk(writing), 200, FAILED, ON),
    Effect(
        "RECAPTCHA_VERIFY_URL",
        "http://shop.example/verify",
        start,
        "started",
        ["RECAPTCHA_VERIFY_URL is not https: the secret key would travel in the clear"],
        ON | {"ENVIRONMENT": "production", "EMAIL_ADAPTER": "file"},
    ),
    Effect(
        "CAPTCHA_AFTER_FAILURES_FOR",
        "contact",
        at_the_desk(writing_without_a_captcha),
        REQUIRED,
        200,
        ON,
    ),
    Effect("CAPTCHA_FAILURES", "1", at_the_desk(ringing_after_a_failure), 200, REQUIRED, ON),
    Effect(
        "CAPTCHA_NEVER_FOR", "contact", at_the_desk(writing_without_a_captcha), REQUIRED, 200, ON
    ),
    Effect(
        "CAPTCHA_WHEN_DOWN", "allow", at_the_desk(writing, Reply(status=500)), UNAVAILABLE, 200, ON
    ),
    Effect("CAPTCHA_HOSTNAMES", "other.example", at_the_desk(writing), 200, FAILED, ON),
    Effect(
        "CAPTCHA_TIMEOUT_SECONDS",
        "0.05",
        at_the_desk(writing, Reply(delay_seconds=0.2)),
        200,
        UNAVAILABLE,
        ON,
    ),
    Effect(
        "CAPTCHA_TOKEN_SECONDS",
        "30",
        at_the_desk(writing, Reply({"challenge_ts": THREE_MINUTES_AGO})),
        200,
        FAILED,
        ON,
    ),
    Effect(
        "CAPTCHA_RATE_LIMIT",
        "1/minute",
        at_the_desk(writing_twice),
        [200, 200],
        [200, (429, "rate_limited")],
        ON,
    ),
)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.variable)
async def test_a_variable_rules(
    effect: Effect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    assert await effect.observed(Settings, monkeypatch) == (effect.otherwise, effect.then)


def test_no_variable_is_forgotten() -> None:
    of_core = {name for variable in variables(CoreSettings) for name in variable.names}

    assert unobserved(Settings, EFFECTS) == of_core
