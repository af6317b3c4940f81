"""Auth at core's seam for telling people from programs, with a doorman who wants a word (R39)."""

from collections.abc import Iterable, Sequence

import pytest

from app import core
from app.core.blocks import Block
from app.core.errors import BlockError
from app.core.human_checks import HUMAN_CHECKS, Asked, Attempt, PublicHumanCheck
from app.modules import auth
from app.modules.auth.tests.conftest import Person

ACTIONS = ["register", "login", "forgot_password", "verify_email", "magic_link"]
seen: list[Attempt] = []


class NoEntry(BlockError):
    status, code, title = 400, "no_entry", "No entry"


class Doorman:
    """After three failures, and for everything but a login, he wants to hear the word."""

    async def check(self, attempt: Attempt) -> None:
        seen.append(attempt)
        relaxed = attempt.action == "login" and attempt.failures < 3
        if not relaxed and attempt.token != "swordfish":
            raise NoEntry

    def for_front_end(self, actions: Iterable[str]) -> PublicHumanCheck:
        asked = dict.fromkeys(actions, Asked.ALWAYS) | {"login": Asked.AFTER_FAILURES}
        return PublicHumanCheck(provider="doorman", site_key="the door", actions=asked)


door = Block(name="door", provides=[HUMAN_CHECKS.provided_by(lambda work: Doorman())])


@pytest.fixture
def blocks() -> Sequence[Block]:
    seen.clear()
    return (core.block, auth.block, door)


@pytest.mark.parametrize("rate_limited", [False])
async def test_r39_what_programs_must_not_do_wants_the_word(stranger: Person) -> None:
    account = {"email": stranger.email, "password": stranger.password, "name": stranger.name}
    for path, body in {
        "register": account,
        "forgot-password": {"email": stranger.email},
        "verify-email/request": {"email": stranger.email},
        "magic-link": {"email": stranger.email},
    }.items():
        refused = await stranger.post(path, **body)
        passed = await stranger.post(path, **body, recaptchaToken="swordfish")

        assert (refused.status_code, refused.json()["code"]) == (400, "no_entry"), path
        assert passed.status_code == 202, path

    assert len(await stranger.mails()) == 4
    assert {attempt.action for attempt in seen} == {*ACTIONS} - {"login"}
    assert {attempt.address for attempt in seen} == {"127.0.0.1"}


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com", "eve@example.com"])
async def test_r39_a_login_wants_it_after_failures(ada: Person, email: str) -> None:
    """For the known, the unknown and the unverified alike: it tells nobody who has an account."""
    eve = ada.named("eve@example.com")
    await eve.post(
        "register", email=eve.email, password=eve.password, name="E", captchaToken="swordfish"
    )
    ada.client.cookies.clear()
    body = {"email": email, "password": eve.password if email == eve.email else "wrong"}

    answers = [await eve.post("login", **body) for _ in range(4)]
    again = await eve.post("login", **body, captchaToken="swordfish")
    form = {"grant_type": "password", "username": email, "password": "wrong"}
    by_form = await ada.client.post("/api/v1/auth/token", data=form)

    assert [answer.status_code for answer in answers] == [401, 401, 401, 400]
    assert again.status_code == 401
    assert by_form.json()["code"] == "no_entry"


async def test_r39_guessing_at_many_accounts_wants_it_too(ada: Person) -> None:
    guesser = ada.named("nobody@example.com")
    ada.client.cookies.clear()
    for number in range(3):
        guesser.email = f"user-{number}@example.com"
        await guesser.login()

    # An account of one's own in between makes nobody trustworthy.
    mine = await ada.post("login", email=ada.email, password=ada.password, captchaToken="swordfish")
    ada.client.cookies.clear()
    next_one = await guesser.named("user-4@example.com").login()

    assert mine.status_code == 200
    assert next_one.json()["code"] == "no_entry"


async def test_r39_who_signed_in_here_before_is_not_asked_for_the_failures_of_others(
    ada: Person,
) -> None:
    known = dict(ada.client.cookies)
    ada.client.cookies.clear()
    for _ in range(3):
        await ada.post("login", email=ada.email, password="a guess of a stranger")
    ada.client.cookies.update(known)

    assert (await ada.on_another_device().login()).status_code == 200


async def test_r39_limits_come_before_the_check(ada: Person) -> None:
    guesser = ada.named("nobody@example.com")
    ada.client.cookies.clear()
    for _ in range(10):
        await guesser.login()
    seen.clear()

    refused = await guesser.login()

    assert refused.status_code == 429
    assert seen == []


async def test_a_front_end_is_told_what_asks_and_when(ada: Person) -> None:
    config = (await ada.get("config")).json()

    assert config["humanChecks"] == [
        {
            "provider": "doorman",
            "siteKey": "the door",
            "actions": dict.fromkeys(ACTIONS, "always") | {"login": "after_failures"},
        }
    ]
