"""R39 over HTTP, against a provider on this machine."""

import asyncio
import logging
import os
from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.testing import Clock
from app.modules.captcha.providers import HCAPTCHA, RECAPTCHA_V2, RECAPTCHA_V3, TURNSTILE
from app.modules.captcha.tests.conftest import SECRET, SITE_KEY, Person, outcome
from app.modules.captcha.tests.siteverify import FakeSiteVerify, Reply

each_provider = pytest.mark.parametrize(
    "provider", ["recaptcha_v2", "recaptcha_v3", "turnstile", "hcaptcha"]
)


@each_provider
async def test_r39_a_human_gets_through(
    ada: Person, siteverify: FakeSiteVerify, provider: str
) -> None:
    response = await ada.write("a-real-token")

    assert response.json() == {"message": "Hi to us"}
    expected = {"secret": SECRET, "response": "a-real-token", "remoteip": "127.0.0.1"}
    if provider == "hcaptcha":
        expected["sitekey"] = SITE_KEY
    assert siteverify.asked == [expected]


@each_provider
async def test_r39_without_a_token_nobody_is_asked(ada: Person, siteverify: FakeSiteVerify) -> None:
    assert outcome(await ada.write("")) == (400, "captcha_required")
    assert outcome(await ada.write("", captchaToken=None)) == (400, "captcha_required")
    assert siteverify.asked == []


@each_provider
async def test_r39_what_the_provider_refuses_fails(ada: Person, siteverify: FakeSiteVerify) -> None:
    for codes in (["invalid-input-response"], ["timeout-or-duplicate"], []):
        siteverify.reply = Reply({"success": False, "error-codes": codes})

        assert outcome(await ada.write()) == (400, "captcha_failed")


@each_provider
async def test_r39_a_captcha_of_another_site_fails(ada: Person, siteverify: FakeSiteVerify) -> None:
    for host in ("evil.example", "shop.example.evil.example", "", None):
        siteverify.reply = Reply({"hostname": host})

        assert outcome(await ada.write()) == (400, "captcha_failed")


@pytest.mark.parametrize("provider", ["recaptcha_v3", "turnstile"])
async def test_r39_a_captcha_for_another_action_fails(
    ada: Person, siteverify: FakeSiteVerify
) -> None:
    for action in ("homepage", "", None):
        siteverify.reply = Reply({"action": action})

        assert outcome(await ada.write()) == (400, "captcha_failed")


async def test_r39_a_low_score_fails(ada: Person, siteverify: FakeSiteVerify) -> None:
    for score in (0.49, 0, None):
        siteverify.reply = Reply({"score": score})

        assert outcome(await ada.write()) == (400, "captcha_failed")

    siteverify.reply = Reply({"score": 0.5})
    assert outcome(await ada.write()) == 200


@each_provider
async def test_r39_a_captcha_of_long_ago_fails(
    ada: Person, siteverify: FakeSiteVerify, clock: Clock
) -> None:
    solved = clock() - timedelta(minutes=7)
    siteverify.now = lambda: solved
    assert outcome(await ada.write()) == (400, "captcha_failed")

    siteverify.reply = Reply({"challenge_ts": None})
    assert outcome(await ada.write()) == (400, "captcha_failed")


with_redis = pytest.mark.skipif("TEST_REDIS_URL" not in os.environ, reason="it is not set")


@pytest.mark.parametrize(
    "redis_url",
    [
        pytest.param("", id="memory"),
        pytest.param("redis://127.0.0.1:1", id="redis is down"),
        pytest.param(os.environ.get("TEST_REDIS_URL", ""), id="redis", marks=with_redis),
    ],
)
@pytest.mark.parametrize("options", [{"rate_limit": "1000/minute"}])
async def test_r39_a_token_is_good_once(ada: Person, clock: Clock) -> None:
    token = f"token-{uuid4()}"  # Redis remembers those of other runs, and how many they were

    answers = await asyncio.gather(*(ada.write(token) for _ in range(20)))
    clock.advance(timedelta(minutes=4))
    later = await ada.write(token)

    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 19]
    assert outcome(later) == (400, "captcha_failed")
    assert outcome(await ada.write()) == 200


@pytest.mark.parametrize("options", [{"rate_limit": "2/minute"}])
async def test_r39_the_limit_comes_before_the_question(
    ada: Person, siteverify: FakeSiteVerify
) -> None:
    for _ in range(2):
        await ada.write()

    refused = await ada.write()

    assert outcome(refused) == (429, "rate_limited")
    assert refused.headers["Retry-After"] == "30"
    assert len(siteverify.asked) == 2


async def test_r39_only_whoever_failed_is_asked(ada: Person, siteverify: FakeSiteVerify) -> None:
    siteverify.reply = Reply({"action": "login"})

    assert outcome(await ada.ring(failures=2)) == 200
    assert outcome(await ada.ring(failures=3)) == (400, "captcha_required")
    assert outcome(await ada.ring(failures=3, recaptchaToken="a-token")) == 200


@pytest.mark.parametrize("options", [{"failures": 0}])
async def test_r39_after_no_failure_is_always(ada: Person) -> None:
    assert outcome(await ada.ring(failures=0)) == (400, "captcha_required")


@pytest.mark.parametrize("options", [{"enabled": False}, {"never_for": ["contact"]}])
async def test_r39_is_optional(ada: Person, siteverify: FakeSiteVerify) -> None:
    assert outcome(await ada.write("")) == 200
    assert siteverify.asked == []


DOWN = [
    Reply(status=500),
    Reply(status=429),
    Reply(status=302),
    Reply(raw=b"<html>"),
    Reply(raw=b'{"success": "true"}'),
    Reply(raw=b'{"success": true}' + b" " * 100_000),
    Reply({"success": False, "error-codes": ["internal-error"]}),
]


async def test_r39_a_provider_who_is_down_lets_nobody_in(
    ada: Person, siteverify: FakeSiteVerify
) -> None:
    for reply in DOWN:
        siteverify.reply = reply

        response = await ada.write()

        assert outcome(response) == (503, "captcha_unavailable"), reply
        assert response.headers["Retry-After"] == "30"
    assert len(siteverify.asked) == len(DOWN), "redirects are not followed"


@pytest.mark.parametrize("options", [{"when_down": "allow"}])
async def test_r39_a_provider_who_is_down_lets_all_in_if_you_want(
    ada: Person, siteverify: FakeSiteVerify, caplog: pytest.LogCaptureFixture
) -> None:
    for reply in DOWN:
        siteverify.reply = reply

        assert outcome(await ada.write()) == 200, reply

    assert caplog.text.count("captcha provider is down") == len(DOWN)


@pytest.mark.parametrize("options", [{"when_down": "allow"}])
async def test_r39_even_then_not_with_a_token_that_upsets_the_provider(
    ada: Person, siteverify: FakeSiteVerify
) -> None:
    siteverify.reply = Reply(status=400)
    assert outcome(await ada.write()) == (400, "captcha_failed")
    assert outcome(await ada.write("x" * 8193)) == (422, "validation_error")


@pytest.mark.parametrize("options", [{"when_down": "allow"}])
async def test_r39_even_then_not_with_keys_that_the_provider_does_not_know(
    ada: Person, siteverify: FakeSiteVerify
) -> None:
    for status in (200, 400):
        said = {"success": False, "error-codes": ["invalid-input-secret"]}
        siteverify.reply = Reply(said, status=status)

        assert outcome(await ada.write()) == (503, "captcha_unavailable")


@pytest.mark.parametrize("options", [{"timeout_seconds": 0.05}])
async def test_r39_nobody_waits_for_a_provider_for_long(
    ada: Person, siteverify: FakeSiteVerify
) -> None:
    siteverify.reply = Reply(delay_seconds=0.3)

    assert outcome(await ada.write()) == (503, "captcha_unavailable")


@pytest.mark.parametrize("options", [{"verify_url": "http://127.0.0.1:1"}])
async def test_r39_a_provider_who_cannot_be_reached_is_down(ada: Person) -> None:
    assert outcome(await ada.write()) == (503, "captcha_unavailable")


def test_each_provider_is_asked_where_it_says() -> None:
    places = {each.verify_url for each in (RECAPTCHA_V2, RECAPTCHA_V3, TURNSTILE, HCAPTCHA)}

    assert places == {
        "https://www.google.com/recaptcha/api/siteverify",
        "https://challenges.cloudflare.com/turnstile/v0/siteverify",
        "https://api.hcaptcha.com/siteverify",
    }


@pytest.mark.parametrize(
    ("provider", "options"),
    [("turnstile", {"secret_key": "1x0000000000000000000000000000000AA"})],
)
async def test_public_keys_pass_everybody_wherever_they_are(
    ada: Person, siteverify: FakeSiteVerify
) -> None:
    siteverify.reply = Reply({"hostname": "example.com", "action": ""})

    for _ in range(2):
        assert outcome(await ada.write("XXXX.DUMMY.TOKEN.XXXX")) == 200
    siteverify.reply = Reply({"success": False})
    assert outcome(await ada.write("XXXX.DUMMY.TOKEN.XXXX")) == (400, "captcha_failed")


async def test_neither_the_secret_nor_a_token_is_told_or_logged(
    ada: Person, siteverify: FakeSiteVerify, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bodies = []
    ours = Reply({"success": False, "error-codes": ["invalid-input-secret"]})
    refused = Reply({"success": False})
    for reply in (*DOWN, ours, refused, Reply(status=400), Reply({"hostname": "x"})):
        siteverify.reply = reply
        bodies.append((await ada.write("Sentinel-of-a-token")).text)

    assert "captcha failed" in caplog.text
    assert "Sentinel" not in caplog.text + "".join(bodies)


@each_provider
async def test_a_front_end_is_told_what_asks_and_when(ada: Person, provider: str) -> None:
    told = (await ada.client.get("/api/v1/desk/sign")).json()

    actions = {"contact": "always", "login": "after_failures", "idle": "never"}
    assert told == [{"provider": provider, "site_key": SITE_KEY, "actions": actions}]


@pytest.mark.parametrize("options", [{"enabled": False}])
async def test_a_front_end_is_not_told_of_what_is_off(ada: Person) -> None:
    assert (await ada.client.get("/api/v1/desk/sign")).json() == []
