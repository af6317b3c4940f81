"""The own account over HTTP: me, magic links, step-up (R53), moving (R30), leaving (R32)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from httpx2 import Response

from app.core.runtime import Runtime
from app.core.testing import Clock
from app.modules.auth.lifespan import tidy_up
from app.modules.auth.tests.conftest import ANOTHER_PASSWORD, ONE_STORAGE, Person
from app.modules.auth.tests.test_login import change

STEP_UP = timedelta(minutes=10, seconds=1)
NEW_ADDRESS = "lovelace@example.com"
UNVERIFIED = pytest.mark.parametrize("auth_options", [{"email_verification_required": False}])


@pytest.fixture
def at_new_address(ada: Person) -> Person:
    return ada.named(NEW_ADDRESS)


async def test_me_is_the_caller(ada: Person) -> None:
    me = (await ada.get("me")).json()

    assert (me["email"], me["name"]) == ("ada@example.com", "Ada Lovelace")
    assert me["emailVerified"] is True
    assert (me["roles"], me["permissions"], me["twoFactorEnabled"]) == ([], [], False)


async def test_a_name_can_be_changed(ada: Person) -> None:
    response = await ada.patch("me", name="  Countess of Lovelace ")

    assert response.json()["name"] == "Countess of Lovelace"
    assert (await ada.get("me")).json()["name"] == "Countess of Lovelace"


async def test_a_magic_link_signs_in_once(ada: Person) -> None:
    phone = ada.on_another_device()
    await phone.post("magic-link", email=ada.email)
    token = await phone.mailed_token("magic-link")

    first = await phone.post("magic-link/verify", token=token)
    again = await phone.post("magic-link/verify", token=token)

    phone.keep(first)
    assert (again.status_code, again.json()["code"]) == (400, "invalid_or_expired_token")
    assert (await phone.get("me")).json()["email"] == ada.email


async def test_a_magic_link_answers_alike_for_unknown_addresses(ada: Person) -> None:
    known = await ada.post("magic-link", email=ada.email)
    unknown = await ada.post("magic-link", email="nobody@example.com")

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert await ada.outbox.to("nobody@example.com") == []


async def test_r24_a_magic_link_on_an_unproved_account_removes_its_password(
    stranger: Person,
) -> None:
    await stranger.register()
    victim = stranger.on_another_device()
    await victim.post("magic-link", email=stranger.email)

    victim.keep(
        await victim.post("magic-link/verify", token=await victim.mailed_token("magic-link"))
    )

    assert (await victim.get("me")).json()["emailVerified"] is True
    assert (await stranger.login()).status_code == 401


@UNVERIFIED
async def test_r24_proving_an_address_stops_what_whoever_registered_it_began(
    stranger: Person,
) -> None:
    await stranger.register()
    await stranger.login()
    await stranger.post("change-email", newEmail=NEW_ADDRESS)
    victim = stranger.on_another_device()
    await victim.post("magic-link", email=victim.email)
    link = await victim.mailed_token("magic-link")
    assert (await victim.post("magic-link/verify", token=link)).status_code == 200

    confirm = await stranger.named(NEW_ADDRESS).mailed_token("change-email")

    assert (await stranger.post("change-email/confirm", token=confirm)).status_code == 400


async def test_r53_what_is_sensitive_wants_a_recent_proof(ada: Person, clock: Clock) -> None:
    clock.advance(STEP_UP)
    await ada.refresh()

    refused = await ada.post("change-email", newEmail=NEW_ADDRESS)

    assert refused.json()["code"] == "reauthentication_required"
    challenge = refused.headers["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'max_age="600"' in challenge


async def test_r53_reauthenticating_makes_the_session_fresh(ada: Person, clock: Clock) -> None:
    old_refresh_token = ada.tokens["refreshToken"]
    clock.advance(STEP_UP)

    fresh = await ada.post("reauthenticate", password=ada.password)
    ada.keep(fresh)

    assert fresh.json()["refreshToken"] != old_refresh_token
    assert (await ada.post("change-email", newEmail=NEW_ADDRESS)).status_code == 202


@ONE_STORAGE
@pytest.mark.parametrize(
    "proof",
    [
        {"password": "not my password"},
        {"totpCode": "123456"},
        {"backupCode": "abcd-efgh"},
        {"credential": {"id": "x"}},
        {},
    ],
)
async def test_a_wrong_proof_does_not_reauthenticate(ada: Person, proof: dict[str, object]) -> None:
    assert (await ada.post("reauthenticate", **proof)).status_code == 401


@ONE_STORAGE
@pytest.mark.parametrize("auth_options", [{"step_up_minutes": 60}])
async def test_how_recent_a_proof_must_be_is_a_setting(ada: Person, clock: Clock) -> None:
    clock.advance(timedelta(minutes=59))
    await ada.refresh()

    assert (await ada.post("change-email", newEmail=NEW_ADDRESS)).status_code == 202


async def test_r30_the_new_address_counts_once_it_is_confirmed(
    ada: Person, at_new_address: Person
) -> None:
    await ada.post("change-email", newEmail=NEW_ADDRESS)
    assert (await ada.get("me")).json()["email"] == "ada@example.com"

    response = await at_new_address.post(
        "change-email/confirm", token=await at_new_address.mailed_token("change-email")
    )

    assert response.status_code == 200
    assert (await ada.get("me")).status_code == 401  # whoever was in signs in again
    assert (await at_new_address.login()).json()["user"]["email"] == NEW_ADDRESS
    assert (await ada.login()).status_code == 401
    assert (await ada.mails())[-1] == "Your e-mail address at FastAPI Blocks was changed"


BOTH_ENDS = pytest.mark.parametrize("auth_options", [{"email_change_needs_approval": True}])


@BOTH_ENDS
async def test_r30_with_approval_both_ends_agree(ada: Person, at_new_address: Person) -> None:
    await ada.post("change-email", newEmail=NEW_ADDRESS)
    assert await at_new_address.mails() == []
    approval = await ada.mailed_token("approve-email-change")
    assert (await ada.post("change-email/confirm", token=approval)).status_code == 400

    assert (await ada.post("change-email/approve", token=approval)).status_code == 200
    assert (await ada.get("me")).json()["email"] == "ada@example.com"
    proof = await at_new_address.mailed_token("change-email")
    assert (await ada.post("change-email/confirm", token=proof)).status_code == 200

    assert (await at_new_address.login()).json()["user"]["email"] == NEW_ADDRESS


@BOTH_ENDS
async def test_r30_with_approval_a_taken_address_is_told_to_its_owner_alone(
    ada: Person, stranger: Person
) -> None:
    await stranger.register()
    await ada.post("change-email", newEmail=stranger.email)

    token = await ada.mailed_token("approve-email-change")
    approved = await ada.post("change-email/approve", token=token)

    assert approved.status_code == 200
    assert (await stranger.mails())[-1] == "You already have an account at FastAPI Blocks"
    assert (await ada.get("me")).json()["email"] == "ada@example.com"


async def reset_password(person: Person) -> None:
    await person.post("forgot-password", email=person.email)
    token = await person.mailed_token("reset-password")
    response = await person.post("reset-password", token=token, newPassword=ANOTHER_PASSWORD)
    assert response.status_code == 200


async def test_r30_a_reset_stops_a_change_that_a_thief_began(
    ada: Person, at_new_address: Person
) -> None:
    await ada.post("change-email", newEmail=NEW_ADDRESS)
    token = await at_new_address.mailed_token("change-email")

    await reset_password(ada)

    assert (await ada.post("change-email/confirm", token=token)).status_code == 400


async def moved(person: Person, to: Person) -> str:
    """The way back, as it was mailed to the address that was left."""
    await person.post("change-email", newEmail=to.email)
    confirm = await to.mailed_token("change-email")
    assert (await to.post("change-email/confirm", token=confirm)).status_code == 200
    return await person.mailed_token("undo-email-change")


async def test_r30_the_old_address_can_take_it_back(ada: Person, at_new_address: Person) -> None:
    await ada.post("change-email", newEmail=NEW_ADDRESS)
    confirm = await at_new_address.mailed_token("change-email")
    await at_new_address.post("change-email/confirm", token=confirm)
    await at_new_address.login()

    undone = await ada.post("change-email/undo", token=await ada.mailed_token("undo-email-change"))

    assert undone.status_code == 200
    assert (await at_new_address.get("me")).status_code == 401
    assert (await ada.login()).status_code == 401  # the thief may know the password: it is gone
    await ada.post("forgot-password", email=ada.email)
    token = await ada.mailed_token("reset-password")
    ada.password = ANOTHER_PASSWORD
    await ada.post("reset-password", token=token, newPassword=ada.password)
    assert (await ada.login()).status_code == 200


async def test_r30_nobody_can_squat_on_the_way_back(ada: Person, at_new_address: Person) -> None:
    await ada.post("change-email", newEmail=NEW_ADDRESS)
    confirm = await at_new_address.mailed_token("change-email")
    await at_new_address.post("change-email/confirm", token=confirm)
    undo = await ada.mailed_token("undo-email-change")
    await ada.register()

    assert (await ada.post("change-email/undo", token=undo)).status_code == 200


@UNVERIFIED
async def test_r30_nor_by_signing_in_there(ada: Person, at_new_address: Person) -> None:
    undo = await moved(ada, at_new_address)
    squatter = ada.on_another_device()
    await squatter.register()
    assert (await squatter.login()).status_code == 200

    assert (await ada.post("change-email/undo", token=undo)).status_code == 200
    assert (await squatter.get("me")).status_code == 401


async def test_r30_moving_on_closes_no_way_back(
    ada: Person, at_new_address: Person, clock: Clock
) -> None:
    undo = await moved(ada, at_new_address)
    clock.advance(timedelta(minutes=1))
    await at_new_address.login()
    further = at_new_address.named("further@example.com")
    thiefs_undo = await moved(at_new_address, further)

    assert (await ada.post("change-email/undo", token=undo)).status_code == 200

    assert (await further.login()).status_code == 401
    assert (await ada.post("change-email/undo", token=thiefs_undo)).status_code == 400


async def test_r30_leaving_closes_no_way_back(
    ada: Person, at_new_address: Person, runtime: Runtime, clock: Clock
) -> None:
    undo = await moved(ada, at_new_address)
    await at_new_address.login()
    await leave(at_new_address)
    restore = await at_new_address.mailed_token("restore-account")

    assert (await ada.post("change-email/undo", token=undo)).status_code == 200

    assert (await ada.post("account/restore", token=restore)).status_code == 400
    clock.advance(timedelta(days=15))
    async with runtime.unit_of_work() as work:
        await tidy_up(work)
    await reset_password(ada)
    ada.password = ANOTHER_PASSWORD
    assert (await ada.login()).status_code == 200


async def test_r30_a_taken_address_answers_alike_and_moves_nothing(
    ada: Person, stranger: Person
) -> None:
    await stranger.register()
    await stranger.verify()

    free = await ada.post("change-email", newEmail=NEW_ADDRESS)
    taken = await ada.post("change-email", newEmail=stranger.email)

    assert (free.status_code, free.json()) == (taken.status_code, taken.json())
    assert (await stranger.mails())[-1] == "You already have an account at FastAPI Blocks"


async def test_r30_an_address_that_was_taken_meanwhile_is_not_taken_over(
    ada: Person, at_new_address: Person
) -> None:
    await ada.post("change-email", newEmail=NEW_ADDRESS)
    token = await at_new_address.mailed_token("change-email")
    await at_new_address.register()
    await at_new_address.verify()

    response = await ada.post("change-email/confirm", token=token)

    assert (response.status_code, response.json()["code"]) == (400, "invalid_or_expired_token")
    assert (await ada.get("me")).json()["email"] == "ada@example.com"


async def test_r30_links_to_the_old_address_are_void(ada: Person, at_new_address: Person) -> None:
    await ada.post("forgot-password", email=ada.email)
    reset = await ada.mailed_token("reset-password")
    await ada.post("change-email", newEmail=NEW_ADDRESS)
    confirm = await at_new_address.mailed_token("change-email")
    await at_new_address.post("change-email/confirm", token=confirm)

    response = await ada.post("reset-password", token=reset, newPassword=ANOTHER_PASSWORD)

    assert response.status_code == 400


async def leave(person: Person) -> str:
    response = await person.delete("account", password=person.password, confirmation="DELETE")
    assert response.status_code == 202, response.text
    scheduled: str = response.json()["scheduledFor"]
    return scheduled


async def test_r32_leaving_closes_everything_at_once(ada: Person) -> None:
    await ada.post("forgot-password", email=ada.email)
    reset = await ada.mailed_token("reset-password")

    assert (await leave(ada)).endswith("Z")

    assert (await ada.get("me")).status_code == 401
    assert (await ada.refresh()).status_code == 401
    assert (await ada.on_another_device().login()).status_code == 401
    assert (
        await ada.post("reset-password", token=reset, newPassword=ANOTHER_PASSWORD)
    ).status_code == 400
    assert (await ada.mails())[-1] == "Your account at FastAPI Blocks will be deleted"


async def test_r32_who_left_can_come_back_in_time(ada: Person, clock: Clock) -> None:
    await leave(ada)
    token = await ada.mailed_token("restore-account")
    clock.advance(timedelta(days=13, hours=23))

    restored = await ada.post("account/restore", token=token)

    assert restored.status_code == 200
    assert (await ada.get("me")).status_code == 401  # no session comes back
    assert (await ada.login()).status_code == 200


async def test_r32_after_the_grace_the_account_is_gone(
    ada: Person, runtime: Runtime, clock: Clock
) -> None:
    await leave(ada)
    token = await ada.mailed_token("restore-account")
    clock.advance(timedelta(days=14))

    async with runtime.unit_of_work() as work:
        await tidy_up(work)

    assert (await ada.post("account/restore", token=token)).status_code == 400
    await ada.outbox.forget()
    await ada.register()
    assert await ada.mails() == ["Confirm your e-mail address for FastAPI Blocks"]


@ONE_STORAGE
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"password": "not my password", "confirmation": "DELETE"}, "invalid_current_password"),
        ({"confirmation": "DELETE"}, "invalid_current_password"),
        (
            {"password": "a quiet walk along the river", "confirmation": "yes"},
            "invalid_confirmation",
        ),
    ],
)
async def test_r32_nobody_leaves_by_accident(ada: Person, body: dict[str, str], code: str) -> None:
    response = await ada.delete("account", **body)

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert (await ada.get("me")).status_code == 200


@pytest.mark.parametrize(
    "leave_by",
    [
        lambda ada: ada.delete("account", password=ada.password, confirmation="DELETE"),
        lambda ada: ada.post("change-email", newEmail=NEW_ADDRESS),
    ],
)
async def test_r53_leaving_and_moving_want_a_recent_proof(
    ada: Person, clock: Clock, leave_by: Callable[[Person], Awaitable[Response]]
) -> None:
    clock.advance(STEP_UP)

    assert (await leave_by(ada)).status_code == 401


async def test_r86_the_last_admin_cannot_leave(ada: Person, runtime: Runtime) -> None:
    await change(runtime, ada, is_admin=True)

    response = await ada.delete("account", password=ada.password, confirmation="DELETE")

    assert (response.status_code, response.json()["code"]) == (409, "last_admin")
    assert (await ada.get("me")).status_code == 200
