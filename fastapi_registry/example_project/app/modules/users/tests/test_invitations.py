"""Invitations over HTTP: R13, R21, R25, R26, R43, R48, R85."""

import asyncio
from datetime import timedelta

from app.core.testing import Clock, SentMails
from app.modules.users.tests.conftest import ANOTHER_PASSWORD, Heard, Person, code_of


async def invite(ada: Person, **more: object) -> Person:
    answer = await ada.post("users", email="Joan@example.com", **more)
    assert answer.status_code == 201, answer.text
    assert "oken" not in answer.text
    return Person(answer.json()["id"], "Joan@example.com", ada.client, ada.outbox, ANOTHER_PASSWORD)


async def accept(joan: Person, **more: object) -> tuple[int, str]:
    token = await joan.mailed_token("accept-invitation")
    return code_of(
        await joan.post("users/invitations/accept", token=token, password=joan.password, **more)
    )


async def test_whoever_reads_the_mail_chooses_the_password(ada: Person, heard: Heard) -> None:
    joan = await invite(ada)
    assert await joan.login() == 401

    assert await accept(joan, name="Joan Clarke") == (200, "")

    assert await joan.login() == 200
    me = (await joan.get("users/me")).json()
    assert (me["name"], me["emailVerified"], me["roles"]) == ("Joan Clarke", True, ["user"])
    kinds = [event.kind for event in heard if str(event.user_id) == joan.id]
    assert kinds[:2] == ["created", "invited"]
    assert "invitation_accepted" in kinds


async def test_roles_can_come_with_the_invitation(ada: Person) -> None:
    joan = await invite(ada, roles=["moderator"], name="Joan")
    await accept(joan)
    await joan.login()

    me = (await joan.get("auth/me")).json()
    assert (me["roles"], me["permissions"]) == (
        ["moderator", "user"],
        ["users:read", "users:update"],
    )
    assert await joan.subjects() == ["You are invited to FastAPI Blocks"]


async def test_r13_a_common_password_is_refused_and_the_link_stays_good(ada: Person) -> None:
    joan = await invite(ada)
    joan.password = "password1234"
    assert await accept(joan) == (422, "weak_password")
    joan.password = "joan@example.com"
    assert await accept(joan) == (422, "weak_password")

    joan.password = ANOTHER_PASSWORD
    assert await accept(joan) == (200, "")


async def test_r25_a_link_is_for_seven_days_and_for_the_active(ada: Person, clock: Clock) -> None:
    joan = await invite(ada)
    await ada.post(f"users/{joan.id}/deactivate")
    assert await accept(joan) == (400, "invalid_or_expired_token")
    await ada.post(f"users/{joan.id}/activate")
    assert await accept(joan) == (400, "invalid_or_expired_token")

    await ada.delete(f"users/{joan.id}/hard")
    joan = await invite(ada)
    clock.advance(timedelta(days=7))
    assert await accept(joan) == (400, "invalid_or_expired_token")


async def test_r26_of_many_who_accept_at_once_one_succeeds(ada: Person) -> None:
    joan = await invite(ada)

    answers = await asyncio.gather(*(accept(joan) for _ in range(8)))

    assert sorted(answers) == [(200, ""), *[(400, "invalid_or_expired_token")] * 7]


async def test_r43_an_invitation_is_good_for_nothing_else(ada: Person) -> None:
    joan = await invite(ada)
    token = await joan.mailed_token("accept-invitation")

    joan.tokens = {"accessToken": token}
    answers = [
        await joan.get("users/me"),
        await joan.post("auth/reset-password", token=token, newPassword=ANOTHER_PASSWORD),
        await joan.post("auth/verify-email", token=token),
        await joan.post("auth/refresh", refreshToken=token),
    ]

    assert [answer.status_code for answer in answers] == [401, 400, 400, 401]
    assert len(token) * 6 >= 128


async def test_r21_two_invitations_at_once_make_one_account(ada: Person, outbox: SentMails) -> None:
    answers = await asyncio.gather(
        *(ada.post("users", email=email) for email in ("a@example.com", "A@example.com"))
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    mails = [mail for mail in await outbox.all() if mail.to.lower() == "a@example.com"]
    assert len(mails) == 1


async def test_a_password_that_was_reset_meanwhile_voids_the_invitation(ada: Person) -> None:
    joan = await invite(ada)
    await joan.post("auth/forgot-password", email=joan.email)
    reset = await joan.mailed_token("reset-password")
    await joan.post("auth/reset-password", token=reset, newPassword=ANOTHER_PASSWORD)

    assert await accept(joan) == (400, "invalid_or_expired_token")
