"""A thief moves the account to an address of their own, and the owner takes it back: R30, R67."""

from dataclasses import replace
from datetime import timedelta

from app.core.testing import Clock
from app.modules.two_factor.tests.authenticator import Authenticator
from app.modules.two_factor.tests.conftest import PASSWORD, Person


async def change_the_address(ada: Person, clock: Clock) -> Person:
    """Whoever is signed in as Ada and can do so. She herself is at the old address."""
    clock.advance(timedelta(minutes=1))
    thief = replace(ada, email="thief@example.com", device=Authenticator())
    await thief.ask("POST", "auth/change-email", {"newEmail": thief.email})
    token = {"token": await thief.mailed_token("change-email")}
    assert (await thief.ask("POST", "auth/change-email/confirm", token)).status_code == 200
    clock.advance(timedelta(minutes=1))
    return thief


async def undo_it(ada: Person, clock: Clock) -> None:
    """With a new password, since the thief may know the old one."""
    clock.advance(timedelta(minutes=1))
    token = {"token": await ada.mailed_token("undo-email-change")}
    assert (await ada.ask("POST", "auth/change-email/undo", token)).status_code == 200
    await ada.ask("POST", "auth/forgot-password", {"email": ada.email})
    reset = {"token": await ada.mailed_token("reset-password"), "newPassword": PASSWORD}
    assert (await ada.ask("POST", "auth/reset-password", reset)).status_code == 200


async def test_r67_what_a_thief_set_up_goes_with_the_address(ada: Person, clock: Clock) -> None:
    thief = await change_the_address(ada, clock)
    await thief.login()
    assert (await thief.set_up_totp()).status_code == 200
    await thief.sign_in_with_totp(trustDevice=True)
    assert (await thief.set_up_passkey()).status_code == 200

    await undo_it(ada, clock)

    assert "accessToken" in await ada.login()
    status = await ada.get("two-factor/status")
    assert (status["methods"], status["backupCodesRemaining"]) == ([], 0)
    assert await ada.get("two-factor/trusted-devices") == []
    assert (await thief.sign_in_with_passkey()).status_code == 401
    kinds = [event["kind"] for event in (await ada.get("auth/events"))["items"]]
    assert kinds.count("two_factor_forgotten") == 2


async def test_r67_what_the_owner_had_before_stays(ada: Person, clock: Clock) -> None:
    await ada.set_up_totp()
    await ada.sign_in_with_totp()
    await ada.set_up_passkey("Ada's phone")
    thief = await change_the_address(ada, clock)
    await thief.sign_in_with_totp()
    assert (await thief.set_up_passkey("Thief's phone")).status_code == 200

    await undo_it(ada, clock)

    assert "requiresTwoFactor" in await ada.login()
    assert (await thief.sign_in_with_passkey()).status_code == 401
    assert (await ada.sign_in_with_passkey()).status_code == 200
    [passkey] = await ada.get("two-factor/webauthn/passkeys")
    assert passkey["name"] == "Ada's phone"
    assert (await ada.second_step(await ada.first_step(), ada.backup_codes[0])).status_code == 200
    assert (await ada.reauthenticate(totpCode=ada.next_code())).status_code == 200


async def test_r67_what_a_thief_put_in_place_of_the_owners_goes(ada: Person, clock: Clock) -> None:
    await ada.set_up_totp()
    await ada.sign_in_with_totp()
    await ada.set_up_passkey()
    thief = await change_the_address(ada, clock)
    await thief.sign_in_with_totp()
    assert (await thief.set_up_totp()).status_code == 200
    await thief.reauthenticate(totpCode=thief.next_code())
    assert (await thief.post("totp/regenerate-backup-codes")).status_code == 200

    await undo_it(ada, clock)

    assert (await ada.sign_in_with_passkey()).status_code == 200
    status = await ada.get("two-factor/status")
    assert (status["methods"], status["backupCodesRemaining"]) == (["webauthn"], 0)


async def test_r66_codes_of_before_go_where_they_stand_in_for_nothing(
    ada: Person, clock: Clock
) -> None:
    await ada.set_up_totp()
    await ada.sign_in_with_totp()
    thief = await change_the_address(ada, clock)
    await thief.sign_in_with_totp()
    assert (await thief.set_up_totp()).status_code == 200

    await undo_it(ada, clock)

    assert "accessToken" in await ada.login()
    assert (await ada.get("two-factor/status"))["backupCodesRemaining"] == 0
