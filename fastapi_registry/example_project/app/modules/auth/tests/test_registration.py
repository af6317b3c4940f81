"""Opening an account over HTTP: R9 to R13, R18, R20 to R24."""

import asyncio
import unicodedata

import pytest

from app.core.runtime import Runtime
from app.modules.auth.models import User
from app.modules.auth.repositories import UserRepository
from app.modules.auth.tests.conftest import ANOTHER_PASSWORD, ONE_STORAGE, Person

UNVERIFIED_MAY_SIGN_IN = pytest.mark.parametrize(
    "auth_options", [{"email_verification_required": False}]
)


async def user_of(runtime: Runtime, key: str) -> User | None:
    async with runtime.unit_of_work() as work:
        return await UserRepository(work).by_email_key(key)


async def test_r18_a_taken_address_answers_like_a_new_one(ada: Person, stranger: Person) -> None:
    new = await stranger.register()
    taken = await stranger.named(ada.email).register()

    assert (new.status_code, new.json()) == (taken.status_code, taken.json())
    assert taken.status_code == 202
    assert (await ada.mails())[-1] == "You already have an account at FastAPI Blocks"


async def test_r18_registering_again_changes_nothing_of_the_account(
    ada: Person, stranger: Person
) -> None:
    intruder = stranger.named(ada.email)
    intruder.password = ANOTHER_PASSWORD

    await intruder.register()

    assert (await intruder.login()).status_code == 401
    assert (await ada.login()).status_code == 200


@UNVERIFIED_MAY_SIGN_IN
async def test_r18_without_verification_the_answers_tell(stranger: Person) -> None:
    created = await stranger.register()
    again = await stranger.register()

    assert created.status_code == 201
    assert created.json()["email"] == "eve@example.com"
    assert created.json()["emailVerified"] is False
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    assert (await stranger.login()).status_code == 200


async def test_r20_an_address_is_unique_whatever_its_spelling(
    stranger: Person, runtime: Runtime
) -> None:
    await stranger.named("Zoë.Müller+shop@Bücher.example").register()

    decomposed = unicodedata.normalize("NFD", "zoë.müller+shop@bücher.example")
    for spelling in (decomposed, "ZOË.MÜLLER+SHOP@xn--bcher-kva.example"):
        await stranger.named(spelling).register()

    owner = await user_of(runtime, "zoë.müller+shop@xn--bcher-kva.example")
    assert owner is not None
    assert owner.email == "Zoë.Müller+shop@bücher.example"
    subjects = [mail.subject for mail in await stranger.outbox.to(owner.email)]
    assert subjects[1:] == ["You already have an account at FastAPI Blocks"] * 2


async def test_r20_a_letter_that_looks_alike_is_another_address(
    ada: Person, stranger: Person
) -> None:
    await stranger.named("mike@example.com").register()

    await stranger.post("forgot-password", email="m\u0131ke@example.com")

    assert await stranger.outbox.to("m\u0131ke@example.com") == []
    assert len(await stranger.outbox.to("mike@example.com")) == 1


@pytest.mark.parametrize(
    ("auth_options", "answers"),
    [
        ({"email_verification_required": True}, [202] * 20),
        ({"email_verification_required": False}, [201, *[409] * 19]),
    ],
)
async def test_r21_of_twenty_registrations_at_once_one_makes_an_account(
    stranger: Person, runtime: Runtime, answers: list[int]
) -> None:
    responses = await asyncio.gather(*(stranger.register() for _ in range(20)))

    assert sorted(response.status_code for response in responses) == answers
    assert await user_of(runtime, "eve@example.com") is not None


async def test_r22_nobody_makes_themselves_admin(stranger: Person) -> None:
    await stranger.post(
        "register",
        email=stranger.email,
        password=stranger.password,
        name="Eve",
        isAdmin=True,
        is_admin=True,
        emailVerified=True,
        id="00000000-0000-7000-8000-000000000000",
        createdAt="2000-01-01T00:00:00Z",
    )
    assert (await stranger.login()).status_code == 401
    await stranger.verify()
    await stranger.login()

    me = (await stranger.patch("me", name="Eve", isAdmin=True, isActive=False)).json()

    assert (me["isAdmin"], me["isActive"]) == (False, True)
    assert me["id"] != "00000000-0000-7000-8000-000000000000"


async def test_r23_an_unverified_login_answers_like_a_wrong_password_and_mails_a_link(
    stranger: Person,
) -> None:
    await stranger.register()
    first_link = await stranger.mailed_token("verify-email")

    unverified = await stranger.login()
    stranger.password = ANOTHER_PASSWORD
    wrong = await stranger.login()

    assert unverified.status_code == wrong.status_code == 401
    assert unverified.json()["code"] == wrong.json()["code"] == "invalid_credentials"
    second_link = await stranger.mailed_token("verify-email")
    assert second_link != first_link
    assert (await stranger.post("verify-email", token=first_link)).status_code == 400
    assert (await stranger.post("verify-email", token=second_link)).status_code == 200


async def test_a_new_link_can_be_asked_for(stranger: Person) -> None:
    await stranger.register()
    await stranger.outbox.forget()

    known = await stranger.post("verify-email/request", email=stranger.email)
    unknown = await stranger.post("verify-email/request", email="nobody@example.com")

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert (await stranger.verify()).json() == {"verified": True}
    assert await stranger.outbox.to("nobody@example.com") == []


async def test_a_verified_owner_is_welcomed_once(stranger: Person) -> None:
    await stranger.register()
    token = await stranger.mailed_token("verify-email")

    first = await stranger.post("verify-email", token=token)
    again = await stranger.post("verify-email", token=token)

    assert (first.status_code, again.status_code) == (200, 400)
    assert again.json()["code"] == "invalid_or_expired_token"
    assert (await stranger.mails()).count("Welcome to FastAPI Blocks") == 1


@ONE_STORAGE
@pytest.mark.parametrize("auth_options", [{"registration_enabled": False}])
async def test_registration_can_be_closed(stranger: Person) -> None:
    response = await stranger.register()

    assert (response.status_code, response.json()["code"]) == (403, "registration_closed")


@ONE_STORAGE
@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 101, "two\nlines", "nul\x00byte", "right\u202eto left"]
)
async def test_a_name_is_one_printable_line(stranger: Person, name: str) -> None:
    stranger.name = name

    assert (await stranger.register()).status_code == 422


@ONE_STORAGE
@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("eleven char", "at least 12"),
        ("x" * 257, "at most 256"),
        ("passwordpassword", "lists that attackers try"),
        ("PasswordPassword", "lists that attackers try"),
        ("1q2w3e4r5t6y", "lists that attackers try"),
        ("ababababababab", "repeats too few"),
        ("Eve-Stranger-1", "too close to your name"),
        ("FastAPI Blocks!", "this app's name"),
        ("longer.than.most1", "too close to your name"),
    ],
)
async def test_r13_what_attackers_try_first_is_refused_with_the_reason(
    stranger: Person, password: str, reason: str
) -> None:
    stranger.email = "longer.than.most@example.com"
    stranger.name = "Eve Stranger"
    stranger.password = password

    response = await stranger.register()

    assert (response.status_code, response.json()["code"]) == (422, "weak_password")
    assert reason in response.json()["detail"]
    assert password not in response.text


@pytest.mark.parametrize(
    "password",
    [
        "only lower case",
        "пароль из слов",
        "🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧",
        "  spaces count  ",
        "x9 " + "long" * 63,
    ],
)
async def test_r11_any_characters_will_do(stranger: Person, password: str) -> None:
    stranger.password = password
    await stranger.register()
    await stranger.verify()

    assert (await stranger.login()).status_code == 200


@ONE_STORAGE
@pytest.mark.parametrize("auth_options", [{"password_min_length": 15}])
async def test_r9_the_least_length_is_a_setting(stranger: Person) -> None:
    stranger.password = "fourteen chars"

    response = await stranger.register()

    assert "at least 15" in response.json()["detail"]
