"""Signing in with a password over HTTP: R10, R12, R15, R33, R34, R36, R38, R40."""

import asyncio
import time
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import bcrypt
import pytest

from app.core.runtime import Runtime
from app.core.testing import Clock
from app.modules.auth.models import MOST_FAILED_LOGINS, User
from app.modules.auth.passwords import Hashing, PasswordCheck
from app.modules.auth.repositories import UserRepository
from app.modules.auth.service.sign_in import _key_of
from app.modules.auth.tests.conftest import (
    ONE_STORAGE,
    PASSWORD,
    PASSWORD_HASH,
    REAL_HASHES,
    Person,
)

HASHED_FOR_REAL = pytest.mark.parametrize("auth_options", [REAL_HASHES])
PEPPER = "Dq7-a-long-word-of-nobody-Xw2mLr9v"
ANOTHER_HASH = PASSWORD_HASH[:-1] + ("A" if PASSWORD_HASH[-1] != "A" else "B")
TOMORROW = datetime.now(UTC) + timedelta(days=1)
MANY_LOGINS = pytest.mark.parametrize("rate_limited", [False])


async def change(runtime: Runtime, person: Person, **fields: object) -> User:
    async with runtime.unit_of_work() as work:
        users = UserRepository(work)
        user = await users.by_email_key(person.email)
        assert user is not None
        changed = replace(user, **fields)  # type: ignore[arg-type]
        await users.save(changed, instead_of=user)
        return changed


async def stored_hash(runtime: Runtime, person: Person) -> str:
    async with runtime.unit_of_work() as work:
        user = await UserRepository(work).by_email_key(person.email)
    assert user is not None
    return user.password_hash or ""


async def test_answers_with_tokens_and_the_user(ada: Person) -> None:
    body = (await ada.login()).json()

    assert body["tokenType"] == "bearer"
    assert body["expiresIn"] == 900
    assert body["user"]["email"] == "ada@example.com"
    assert body["user"]["createdAt"].endswith("Z")
    assert "passwordHash" not in body["user"]


async def test_r10_every_character_counts(stranger: Person) -> None:
    stranger.password = "The quick ferret and the " + "long road " * 23
    await stranger.register()
    await stranger.verify()
    right = stranger.password

    for place in (72, 249):
        stranger.password = right[:place] + "#" + right[place + 1 :]
        assert (await stranger.login()).status_code == 401
    stranger.password = right

    assert (await stranger.login()).status_code == 200


async def test_r10_a_megabyte_of_password_costs_no_more_than_a_short_one(ada: Person) -> None:
    intruder = ada.on_another_device()
    intruder.password = "x" * 1_000_000

    started = time.perf_counter()
    response = await intruder.login()

    assert response.status_code == 401
    assert time.perf_counter() - started < 0.5


@ONE_STORAGE
async def test_r12_both_spellings_of_one_text_sign_in(stranger: Person) -> None:
    stranger.password = unicodedata.normalize("NFD", "grüße aus zürich")
    await stranger.register()
    await stranger.verify()
    stranger.password = unicodedata.normalize("NFC", "grüße aus zürich")

    assert (await stranger.login()).status_code == 200

    stranger.password = stranger.password.upper()
    assert (await stranger.login()).status_code == 401


@HASHED_FOR_REAL
async def test_r14_passwords_are_stored_as_argon2id(stranger: Person, runtime: Runtime) -> None:
    await stranger.register()

    assert (await stored_hash(runtime, stranger)).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("auth_options", [{"password_peppers": PEPPER}])
async def test_r14_with_a_pepper_old_hashes_are_peppered_at_the_next_login(
    ada: Person, runtime: Runtime
) -> None:
    assert ",keyid=" in await stored_hash(runtime, ada)

    assert (await ada.login()).status_code == 200


@HASHED_FOR_REAL
@pytest.mark.parametrize(
    "old_hash",
    [
        bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
        PASSWORD_HASH,
    ],
    ids=["bcrypt", "weak argon2id"],
)
async def test_r15_an_older_hash_fits_and_is_replaced_at_the_next_login(
    ada: Person, runtime: Runtime, old_hash: str
) -> None:
    await change(runtime, ada, password_hash=old_hash)

    assert (await ada.login()).status_code == 200

    assert (await stored_hash(runtime, ada)).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await ada.login()).status_code == 200


@ONE_STORAGE
async def test_a_hash_of_an_unknown_kind_fits_nothing(ada: Person, runtime: Runtime) -> None:
    await change(runtime, ada, password_hash="{SSHA}nonsense")

    assert (await ada.on_another_device().login()).status_code == 401


@MANY_LOGINS
@pytest.mark.parametrize(
    "state",
    [
        {"is_active": False},
        {"password_hash": None},
        {"failed_logins": MOST_FAILED_LOGINS},
        {"email_verified_at": None},
    ],
    ids=["deactivated", "no password", "locked", "unverified"],
)
async def test_r33_whoever_may_not_in_looks_like_an_unknown(
    ada: Person, runtime: Runtime, state: dict[str, object]
) -> None:
    unknown = await ada.on_another_device().named("nobody@example.com").login()
    await change(runtime, ada, **state)

    refused = await ada.on_another_device().login()

    assert refused.status_code == unknown.status_code == 401
    same = ("type", "title", "status", "detail", "code")
    assert [refused.json()[key] for key in same] == [unknown.json()[key] for key in same]
    assert set(refused.headers) == set(unknown.headers)


@MANY_LOGINS
@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "a\0@example.com", "a@exam\0ple.com", "Ada", "@", ""]
)
async def test_r33_what_is_no_address_looks_like_an_unknown(ada: Person, text: str) -> None:
    unknown = await ada.on_another_device().named("nobody@example.com").login()

    refused = await ada.on_another_device().named(text).login()

    assert refused.status_code == unknown.status_code == 401
    assert refused.json()["code"] == unknown.json()["code"]
    assert set(refused.headers) == set(unknown.headers)


def test_what_is_no_address_has_a_key_that_no_address_has() -> None:
    texts = ["", "\0", "ada", "Ada", "a@b@c.de", "a" * 1_000_000]

    keys = {_key_of(text) for text in texts}

    assert len(keys) == len(texts)
    assert all("@" not in key and len(key) < 100 and key.isprintable() for key in keys)


@ONE_STORAGE
@pytest.mark.parametrize(
    "path", ["login", "register", "forgot-password", "magic-link", "verify-email/request"]
)
async def test_no_address_is_longer_than_mail_servers_take(stranger: Person, path: str) -> None:
    text = "eve@example.com".ljust(255)

    refused = await stranger.post(path, email=text, password=PASSWORD, name="Eve")

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/body/email"]


@ONE_STORAGE
async def test_r34_logins_are_limited_whatever_the_spelling(stranger: Person, clock: Clock) -> None:
    spellings = ["eve@example.com", "EVE@example.com", " eve@EXAMPLE.com ", "Eve@Example.Com"]
    for attempt in range(10):
        stranger.email = spellings[attempt % len(spellings)]
        assert (await stranger.login()).status_code == 401

    refused = await stranger.login()
    clock.advance(timedelta(seconds=int(refused.headers["Retry-After"])))

    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert (await stranger.login()).status_code == 401


@MANY_LOGINS
async def test_r36_after_a_hundred_failures_only_a_reset_helps(
    ada: Person, runtime: Runtime, clock: Clock
) -> None:
    await change(runtime, ada, failed_logins=MOST_FAILED_LOGINS - 1)
    guesser = ada.on_another_device()
    guesser.password = "a wrong guess, the last"
    await guesser.login()

    assert (await ada.on_another_device().login()).status_code == 401
    assert (await ada.get("me")).status_code == 200  # R35: who is in, stays in

    await ada.post("forgot-password", email=ada.email)
    token = await ada.mailed_token("reset-password")
    ada.password = "the heron stands on one leg"
    await ada.post("reset-password", token=token, newPassword=ada.password)
    assert (await ada.on_another_device().login()).status_code == 200


@pytest.mark.parametrize(
    "meanwhile",
    [{"password_hash": ANOTHER_HASH}, {"is_active": False}, {"deletion_due_at": TOMORROW}],
    ids=["reset", "deactivated", "leaving"],
)
async def test_r50_a_login_does_not_outlive_what_ends_the_others(
    ada: Person, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, meanwhile: dict[str, object]
) -> None:
    check = Hashing.check

    async def check_slowly(
        hashing: Hashing, password: str, password_hash: str | None
    ) -> PasswordCheck:
        found = await check(hashing, password, password_hash)
        await change(runtime, ada, **meanwhile)
        return found

    monkeypatch.setattr(Hashing, "check", check_slowly)

    answer = await ada.on_another_device().login()

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


async def test_r15_of_two_logins_that_renew_a_hash_none_is_told_it_was_wrong(
    ada: Person, runtime: Runtime
) -> None:
    old = bcrypt.hashpw(ada.password.encode(), bcrypt.gensalt(rounds=4)).decode()
    await change(runtime, ada, password_hash=old)

    answers = await asyncio.gather(*(ada.on_another_device().login() for _ in range(4)))

    assert {answer.status_code for answer in answers} <= {200, 503}
    assert 200 in {answer.status_code for answer in answers}


async def test_r38_each_login_opens_a_session_of_its_own(ada: Person) -> None:
    phone = ada.on_another_device()
    await phone.login()

    sessions = (await ada.get("sessions")).json()

    assert len({session["id"] for session in sessions}) == 2
    assert [session["current"] for session in sessions] == [False, True]


async def test_r40_a_new_device_is_told_to_the_owner(ada: Person) -> None:
    await ada.outbox.forget()
    await ada.on_another_device().login()
    assert await ada.mails() == []

    ada.client.headers["User-Agent"] = "another browser"
    await ada.on_another_device().login()

    assert await ada.mails() == ["New sign-in to FastAPI Blocks"]
    [mail] = await ada.outbox.to(ada.email)
    assert "With: another browser." in mail.text


async def test_r40_a_login_after_several_failures_is_told_to_the_owner(
    ada: Person, runtime: Runtime
) -> None:
    await ada.outbox.forget()
    await change(runtime, ada, failed_logins=5)

    await ada.login()

    assert await ada.mails() == ["New sign-in to FastAPI Blocks"]
