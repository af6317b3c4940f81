"""Forgotten, reset and changed passwords over HTTP: R13, R17, R24 to R31."""

import asyncio
from datetime import timedelta

import pytest

from app.core.runtime import Runtime
from app.core.testing import Clock
from app.modules.auth.tests.conftest import ANOTHER_PASSWORD, ONE_STORAGE, PASSWORD, Person
from app.modules.auth.tests.test_login import change

RESET = "Choose a new password for FastAPI Blocks"
CHANGED = "Your password for FastAPI Blocks was changed"


async def reset(person: Person, token: str, password: str = ANOTHER_PASSWORD) -> tuple[int, str]:
    response = await person.post("reset-password", token=token, newPassword=password)
    return response.status_code, response.json().get("code", "")


async def forgotten(person: Person) -> str:
    await person.post("forgot-password", email=person.email)
    return await person.mailed_token("reset-password")


async def test_forgot_answers_alike_for_known_and_unknown(ada: Person) -> None:
    known = await ada.post("forgot-password", email=ada.email)
    unknown = await ada.post("forgot-password", email="nobody@example.com")

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.status_code == 202
    assert (await ada.mails())[-1] == RESET
    assert await ada.outbox.to("nobody@example.com") == []


async def test_r29_a_reset_ends_all_sessions_notifies_and_signs_nobody_in(ada: Person) -> None:
    response = await ada.post(
        "reset-password", token=await forgotten(ada), newPassword=ANOTHER_PASSWORD
    )

    assert response.status_code == 200
    assert "accessToken" not in response.json()
    assert (await ada.get("me")).status_code == 401
    assert (await ada.refresh()).status_code == 401
    assert (await ada.mails())[-1] == CHANGED
    assert (await ada.on_another_device().login()).status_code == 401
    ada.password = ANOTHER_PASSWORD
    assert (await ada.on_another_device().login()).status_code == 200


async def test_r24_proving_an_address_by_reset_throws_out_whoever_registered_it(
    stranger: Person, runtime: Runtime
) -> None:
    await stranger.register()
    victim = stranger.on_another_device()

    assert await reset(victim, await forgotten(victim)) == (200, "")

    assert (await stranger.login()).status_code == 401
    victim.password = ANOTHER_PASSWORD
    assert (await victim.login()).json()["user"]["emailVerified"] is True
    events = (await victim.get("events")).json()["items"]
    assert "account_claimed" in [event["kind"] for event in events]


async def test_r25_a_newer_link_voids_the_older_one(ada: Person) -> None:
    older, newer = await forgotten(ada), await forgotten(ada)

    assert await reset(ada, older) == (400, "invalid_or_expired_token")
    assert await reset(ada, newer) == (200, "")
    assert await reset(ada, newer) == (400, "invalid_or_expired_token")


@pytest.mark.parametrize("rate_limited", [False])
async def test_r25_of_links_that_are_asked_for_at_once_one_is_good(ada: Person) -> None:
    await asyncio.gather(*(ada.post("forgot-password", email=ada.email) for _ in range(8)))
    tokens = await ada.mailed_tokens("reset-password")

    outcomes = [await reset(ada, token, "too weak") for token in tokens]

    assert len(set(tokens)) == 8
    assert [code for _, code in outcomes].count("weak_password") == 1


async def test_r25_a_link_expires(ada: Person, clock: Clock) -> None:
    token = await forgotten(ada)
    clock.advance(timedelta(hours=1))

    assert await reset(ada, token) == (400, "invalid_or_expired_token")


@ONE_STORAGE
@pytest.mark.parametrize("auth_options", [{"password_reset_hours": 0.5}])
async def test_how_long_a_reset_link_lives_is_a_setting(ada: Person, clock: Clock) -> None:
    token = await forgotten(ada)
    clock.advance(timedelta(minutes=30))

    assert await reset(ada, token) == (400, "invalid_or_expired_token")


async def test_r25_a_link_is_void_once_the_address_is_another(
    ada: Person, runtime: Runtime
) -> None:
    token = await forgotten(ada)
    await change(runtime, ada, email="lovelace@example.com", email_key="lovelace@example.com")

    assert await reset(ada, token) == (400, "invalid_or_expired_token")


async def test_r25_a_link_of_a_deactivated_account_is_void(ada: Person, runtime: Runtime) -> None:
    token = await forgotten(ada)
    await change(runtime, ada, is_active=False)

    assert await reset(ada, token) == (400, "invalid_or_expired_token")


@ONE_STORAGE
async def test_r25_a_token_has_its_weight_in_chance(ada: Person) -> None:
    assert len(await forgotten(ada)) >= 43


async def test_r26_of_twenty_redemptions_at_once_one_succeeds(ada: Person) -> None:
    token = await forgotten(ada)

    outcomes = await asyncio.gather(
        *(reset(ada, token, f"{ANOTHER_PASSWORD}, no {number}") for number in range(20))
    )

    assert sorted(status for status, _ in outcomes) == [200, *[400] * 19]


async def test_r13_a_weak_password_is_refused_and_the_link_stays_good(ada: Person) -> None:
    token = await forgotten(ada)

    assert await reset(ada, token, "passwordpassword") == (422, "weak_password")
    assert await reset(ada, token, "Ada Lovelace 12") == (422, "weak_password")
    assert await reset(ada, token) == (200, "")


@ONE_STORAGE
async def test_r27_links_do_not_follow_the_host_of_the_request(ada: Person) -> None:
    await ada.client.post(
        "/api/v1/auth/forgot-password",
        json={"email": ada.email},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )

    mail = (await ada.outbox.to(ada.email))[-1]
    assert "evil" not in mail.text + (mail.html or "")
    assert "http://localhost:3000/reset-password#token=" in mail.text


@ONE_STORAGE
async def test_r28_no_link_is_used_up_by_a_get(ada: Person) -> None:
    token = await forgotten(ada)

    looked = await ada.client.get(f"/api/v1/auth/reset-password?token={token}")

    assert looked.status_code == 405
    assert await reset(ada, token) == (200, "")


async def test_r31_mails_to_one_address_are_limited(ada: Person, clock: Clock) -> None:
    answers = [await ada.post("forgot-password", email=ada.email) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [*[202] * 5, 429]
    clock.advance(timedelta(seconds=int(answers[-1].headers["Retry-After"])))
    assert (await ada.post("forgot-password", email=ada.email)).status_code == 202


async def test_r17_a_change_asks_for_the_current_password(ada: Person) -> None:
    wrong = await ada.post(
        "change-password", currentPassword="not my password", newPassword=ANOTHER_PASSWORD
    )

    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_current_password")
    assert (await ada.on_another_device().login()).status_code == 200


async def test_r17_the_same_password_is_no_change(ada: Person) -> None:
    same = await ada.post("change-password", currentPassword=PASSWORD, newPassword=PASSWORD)

    assert (same.status_code, same.json()["code"]) == (422, "weak_password")


async def test_r17_guessing_the_current_password_is_limited(ada: Person) -> None:
    answers = [
        await ada.post("change-password", currentPassword="a guess", newPassword=ANOTHER_PASSWORD)
        for _ in range(6)
    ]

    assert [answer.status_code for answer in answers] == [*[400] * 5, 429]


async def test_a_change_may_leave_the_other_sessions_open(ada: Person) -> None:
    phone = ada.on_another_device()
    await phone.login()

    await ada.post(
        "change-password",
        currentPassword=PASSWORD,
        newPassword=ANOTHER_PASSWORD,
        revokeOtherSessions=False,
    )

    assert (await phone.get("me")).status_code == 200
    assert (await ada.mails())[-1] == CHANGED


async def test_a_change_voids_links_that_were_mailed_before(ada: Person) -> None:
    token = await forgotten(ada)
    await ada.post("change-password", currentPassword=PASSWORD, newPassword=ANOTHER_PASSWORD)

    assert await reset(ada, token) == (400, "invalid_or_expired_token")
