"""Authenticator apps over HTTP: R60-R67."""

import asyncio
from base64 import b32decode
from datetime import timedelta

from sqlalchemy import select, update

from app.core.runtime import Runtime
from app.core.testing import Clock
from app.modules.two_factor.db_models import TotpSecretRow
from app.modules.two_factor.tests.conftest import PASSWORD, Person, on_one_storage


async def test_a_code_is_asked_for_after_the_password(ada: Person) -> None:
    set_up = await ada.set_up_totp()
    assert set_up.status_code == 200
    assert len(ada.backup_codes) == 10

    asked = await ada.login()
    assert asked["methods"] == ["totp", "backup_code"]
    assert (asked["preferredMethod"], asked["allowBackupCodes"]) == ("totp", True)
    answered = await ada.second_step(asked["twoFactorToken"], ada.next_code())

    assert answered.status_code == 200
    assert answered.json()["user"]["email"] == ada.email
    assert (await ada.get("auth/me"))["twoFactorEnabled"] is True
    assert (await ada.get("auth/sessions"))[0]["methods"] == ["pwd", "otp", "mfa"]


@on_one_storage
async def test_r60_the_first_step_opens_nothing(ada: Person) -> None:
    await ada.set_up_totp()

    token = await ada.first_step()

    ada.tokens = {"accessToken": token}
    for path in ("auth/me", "two-factor/status", "two-factor/trusted-devices"):
        assert (await ada.ask("GET", path)).status_code == 401
    assert (await ada.post("totp/initiate")).status_code == 401


async def test_r61_every_way_to_sign_in_asks(ada: Person) -> None:
    await ada.set_up_totp()

    await ada.ask("POST", "auth/magic-link", {"email": ada.email})
    link = {"token": await ada.mailed_token("magic-link")}
    by_mail = (await ada.ask("POST", "auth/magic-link/verify", link)).json()
    form = {"grant_type": "password", "username": ada.email, "password": PASSWORD}
    without = await ada.client.post("/api/v1/auth/token", data=form)
    with_code = await ada.client.post("/api/v1/auth/token", data=form | {"otp": ada.next_code()})
    await ada.ask("POST", "auth/forgot-password", {"email": ada.email})
    reset = {"token": await ada.mailed_token("reset-password"), "newPassword": PASSWORD[::-1]}
    await ada.ask("POST", "auth/reset-password", reset)
    body = {"email": ada.email, "password": PASSWORD[::-1]}
    after_reset = (await ada.client.post("/api/v1/auth/login", json=body)).json()

    assert by_mail["requiresTwoFactor"] is True
    assert (without.status_code, with_code.status_code) == (400, 200)
    assert after_reset["requiresTwoFactor"] is True


async def test_r62_nothing_changes_until_a_code_is_shown(ada: Person) -> None:
    begun = (await ada.post("totp/initiate")).json()
    assert "accessToken" in await ada.login()

    ada.secret = b32decode(begun["secret"])
    again = (await ada.post("totp/initiate")).json()
    old = await ada.post("totp/verify", setupToken=begun["setupToken"], code=ada.code())
    ada.secret = b32decode(again["secret"])
    wrong = await ada.post("totp/verify", setupToken=again["setupToken"], code="000000")
    right = await ada.post("totp/verify", setupToken=again["setupToken"], code=ada.code())
    twice = await ada.post("totp/verify", setupToken=again["setupToken"], code=ada.next_code())

    assert (old.status_code, old.json()["code"]) == (400, "invalid_or_expired_token")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "wrong_code")
    assert right.status_code == 200
    assert (twice.status_code, twice.json()["code"]) == (401, "reauthentication_required")


async def test_r62_a_secret_at_rest_is_sealed_and_bound_to_its_row(
    ada: Person, eve: Person, runtime: Runtime
) -> None:
    await ada.set_up_totp()
    await eve.set_up_totp()
    row = TotpSecretRow

    async with runtime.unit_of_work() as work:
        sealed = await work.fetch(select(row.user_id, row.sealed))
        assert all(ada.secret not in text for _, text in sealed)
        session = await work.writing()
        for (user_id, _), (_, other) in zip(sealed, reversed(sealed), strict=True):
            await session.execute(update(row).where(row.user_id == user_id).values(sealed=other))

    token = await ada.first_step()
    eve_code = eve.next_code()
    answer = await ada.client.post(
        "/api/v1/two-factor/totp/verify-login",
        json={"twoFactorToken": token, "code": eve_code},
    )
    assert answer.json()["code"] == "secret_unreadable"


async def test_r63_a_code_works_once(ada: Person) -> None:
    await ada.set_up_totp()
    at_enrolment = await ada.second_step(await ada.first_step(), ada.code())
    assert at_enrolment.json()["code"] == "wrong_answer"

    code = ada.next_code()
    assert (await ada.second_step(await ada.first_step(), code)).status_code == 200
    across = await ada.second_step(await ada.first_step(), code)
    older = await ada.second_step(await ada.first_step(), ada.code())
    in_a_session = await ada.reauthenticate(totpCode=code)

    assert [each.status_code for each in (across, older, in_a_session)] == [401, 401, 401]


async def test_r63_of_twenty_at_once_one_is_taken(ada: Person, clock: Clock) -> None:
    await ada.set_up_totp()
    code = ada.next_code()

    answers = await asyncio.gather(*(ada.reauthenticate(totpCode=code) for _ in range(20)))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 401, 429}


async def test_r64_five_answers_a_challenge_and_ten_an_account(ada: Person, clock: Clock) -> None:
    await ada.set_up_totp()
    codes: list[str] = []
    for _ in range(2):
        token = await ada.first_step()
        for _ in range(6):
            answer = await ada.second_step(token, "000000")
            codes.append(answer.json()["code"])

    assert codes.count("wrong_answer") == 10
    assert codes[5] == "invalid_or_expired_token"
    locked = await ada.second_step(await ada.first_step(), ada.backup_codes[0])
    assert (locked.status_code, locked.json()["code"]) == (429, "too_many_attempts")
    assert locked.headers["Retry-After"] == str(15 * 60)
    clock.advance(timedelta(minutes=15))
    assert (await ada.second_step(await ada.first_step(), ada.code())).status_code == 200


async def test_r64_parallel_guesses_all_count(ada: Person) -> None:
    await ada.set_up_totp()

    answers = await asyncio.gather(*(ada.reauthenticate(totpCode="000000") for _ in range(20)))

    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(401), statuses.count(429)) == (10, 10)


@on_one_storage
async def test_r64_right_answers_do_not_count(ada: Person, clock: Clock) -> None:
    await ada.set_up_totp()

    for _ in range(12):
        clock.advance(timedelta(seconds=30))
        assert (await ada.reauthenticate(totpCode=ada.next_code())).status_code == 200


async def test_r65_two_right_answers_at_once_open_one_session(ada: Person) -> None:
    await ada.set_up_totp()
    token = await ada.first_step()

    answers = await asyncio.gather(
        ada.second_step(token, ada.next_code()), ada.second_step(token, ada.backup_codes[0])
    )

    assert sorted(answer.status_code for answer in answers) == [200, 400]
    assert len(await ada.get("auth/sessions")) == 2  # and the one that set it up


@on_one_storage
async def test_r67_changes_need_a_fresh_proof_of_the_factor(ada: Person, clock: Clock) -> None:
    clock.advance(timedelta(minutes=11))
    assert (await ada.post("totp/initiate")).json()["code"] == "reauthentication_required"
    await ada.reauthenticate(password=PASSWORD)
    assert (await ada.set_up_totp()).status_code == 200

    for path in ("totp/initiate", "totp/disable", "totp/regenerate-backup-codes"):
        refused = await ada.post(path)
        assert (refused.status_code, refused.json()["code"]) == (401, "reauthentication_required")
    assert (await ada.reauthenticate(password=PASSWORD)).status_code == 401
    assert (await ada.reauthenticate(totpCode=ada.next_code())).status_code == 200

    assert (await ada.post("totp/regenerate-backup-codes")).status_code == 200
    assert (await ada.post("totp/disable")).status_code == 204
    assert "accessToken" in await ada.login()


async def test_r67_other_sessions_end_and_the_owner_is_told(ada: Person) -> None:
    elsewhere = Person(ada.client, ada.outbox, ada.clock)
    await elsewhere.login()

    await ada.set_up_totp()
    assert (await elsewhere.ask("GET", "auth/me")).status_code == 401
    await elsewhere.second_step(await elsewhere.first_step(), ada.next_code())
    await ada.reauthenticate(backupCode=ada.backup_codes[0])
    await ada.post("totp/regenerate-backup-codes")
    assert (await elsewhere.ask("GET", "auth/me")).status_code == 401
    await ada.post("totp/disable")

    assert [subject for subject in await ada.mails() if "sign-in" not in subject] == [
        "Your account at FastAPI Blocks has a new authenticator app",
        "A backup code of your account at FastAPI Blocks was used",
        "Your backup codes for FastAPI Blocks are new",
        "Your account at FastAPI Blocks has lost its authenticator app",
    ]
    kinds = [event["kind"] for event in (await ada.get("auth/events"))["items"]]
    assert {"two_factor_added", "backup_code_used", "two_factor_removed"} <= set(kinds)


async def test_r67_of_two_sessions_that_change_something_at_once_one_ends(ada: Person) -> None:
    await ada.set_up_totp()
    elsewhere = Person(ada.client, ada.outbox, ada.clock, secret=ada.secret)
    await elsewhere.second_step(await elsewhere.first_step(), ada.backup_codes[0])
    await ada.sign_in_with_totp()

    answers = await asyncio.gather(
        ada.post("totp/regenerate-backup-codes"), elsewhere.post("totp/disable")
    )

    assert sorted(answer.is_success for answer in answers) == [False, True]
    assert {answer.json()["code"] for answer in answers if answer.is_error} == {"invalid_token"}


@on_one_storage
async def test_an_authenticator_can_be_exchanged_for_another(ada: Person) -> None:
    await ada.set_up_totp()
    before, codes = ada.secret, ada.backup_codes
    await ada.reauthenticate(totpCode=ada.next_code())

    again = await ada.set_up_totp()

    assert ada.secret != before
    assert again.json() == {"backupCodes": []}, "those on paper are good"
    done = await ada.second_step(await ada.first_step(), codes[0])
    assert done.status_code == 200


@on_one_storage
async def test_the_status_tells_what_is_set_up(ada: Person) -> None:
    assert await ada.get("two-factor/status") == {
        "enabled": False,
        "required": False,
        "methods": [],
        "preferredMethod": None,
        "backupCodesRemaining": 0,
    }
    assert (await ada.get("two-factor/totp/status"))["enabled"] is False

    await ada.set_up_totp()
    await ada.second_step(await ada.first_step(), ada.backup_codes[0])

    status = await ada.get("two-factor/status")
    assert (status["enabled"], status["backupCodesRemaining"]) == (True, 9)
    assert (await ada.get("two-factor/totp/status"))["enabled"] is True
    assert await ada.get("two-factor/methods") == [
        {"method": "webauthn", "enrolled": False},
        {"method": "totp", "enrolled": True},
        {"method": "backup_code", "enrolled": True},
    ]


@on_one_storage
async def test_what_is_not_set_up_cannot_be_changed(ada: Person) -> None:
    for path in ("totp/disable", "totp/regenerate-backup-codes"):
        refused = await ada.post(path)
        assert (refused.status_code, refused.json()["code"]) == (409, "two_factor_not_set_up")
