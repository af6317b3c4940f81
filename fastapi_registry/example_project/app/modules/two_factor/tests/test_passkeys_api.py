"""Passkeys over HTTP, as a second factor and instead of a password: R61, R67, R70-R75."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from app.core.runtime import Runtime
from app.core.testing import Clock
from app.modules.auth import Auth
from app.modules.two_factor.db_models import PasskeyRow
from app.modules.two_factor.tests.authenticator import Authenticator, decoded
from app.modules.two_factor.tests.conftest import Person, on_one_storage

COMPLETE = "webauthn/authenticate/complete"


async def asked(person: Person, **body: object) -> dict[str, Any]:
    response = await person.post("webauthn/authenticate/initiate", **body)
    assert response.status_code == 200, response.text
    options: dict[str, Any] = response.json()["publicKey"]
    return options


async def to_register(person: Person) -> dict[str, Any]:
    options: dict[str, Any] = (await person.post("webauthn/register/initiate")).json()["publicKey"]
    return options


async def test_r61_a_passkey_that_verified_its_user_signs_in_alone(ada: Person) -> None:
    new = (await ada.set_up_passkey("Ada's phone")).json()
    assert new["passkey"]["name"] == "Ada's phone"
    assert len(new["backupCodes"]) == 10

    ada.tokens = {}
    done = await ada.sign_in_with_passkey()

    assert done.json()["user"]["email"] == ada.email
    assert (await ada.get("auth/sessions"))[0]["methods"] == ["pop", "mfa"]
    assert (await ada.get("two-factor/webauthn/passkeys"))[0]["lastUsedAt"] is not None


@on_one_storage
async def test_a_passkey_is_a_second_factor_after_a_password(ada: Person) -> None:
    await ada.set_up_passkey()
    asked_for = await ada.login()
    assert (asked_for["methods"], asked_for["preferredMethod"]) == (
        ["webauthn", "backup_code"],
        "webauthn",
    )

    token = asked_for["twoFactorToken"]
    options = await asked(ada, twoFactorToken=token)
    assert [each["id"] for each in options["allowCredentials"]] == list(ada.device.keys)
    ada.device.verifies_users = False  # a touch is enough beside a password
    done = await ada.post(COMPLETE, twoFactorToken=token, credential=ada.device.get(options))

    assert done.status_code == 200
    ada.keep(done)
    assert (await ada.get("auth/sessions"))[0]["methods"] == ["pwd", "pop", "mfa"]


@on_one_storage
async def test_r53_a_passkey_proves_again_who_one_is(ada: Person, clock: Clock) -> None:
    await ada.set_up_passkey()
    assert (await ada.post("totp/initiate")).status_code == 401

    begun = await ada.post("webauthn/reauthenticate/initiate")
    credential = ada.device.get(begun.json()["publicKey"])
    assert (await ada.reauthenticate(credential=credential)).status_code == 200
    assert (await ada.reauthenticate(credential=credential)).status_code == 401

    assert (await ada.post("totp/initiate")).status_code == 200


async def test_r70_a_challenge_is_for_one_ceremony_one_user_and_one_answer(
    ada: Person, eve: Person, clock: Clock
) -> None:
    await ada.set_up_passkey()
    await eve.set_up_passkey()
    token = await ada.first_step()
    to_sign_in, to_prove = await asked(ada), await asked(ada, twoFactorToken=token)
    assert len(decoded(to_sign_in["challenge"])) >= 16

    elses = {**to_sign_in, "challenge": (await asked(eve))["challenge"][::-1]}
    crossed = [
        await ada.post(COMPLETE, credential=ada.device.get(to_prove)),
        await ada.post(COMPLETE, twoFactorToken=token, credential=ada.device.get(to_sign_in)),
        await ada.post(COMPLETE, credential=ada.device.get(elses)),
    ]
    assert [answer.status_code for answer in crossed] == [401, 401, 401]

    credential = ada.device.get(to_sign_in)
    first, second = await asyncio.gather(
        ada.post(COMPLETE, credential=credential), ada.post(COMPLETE, credential=credential)
    )
    assert sorted([first.status_code, second.status_code]) == [200, 401]

    late = await asked(ada)
    clock.advance(timedelta(minutes=5))
    assert (await ada.post(COMPLETE, credential=ada.device.get(late))).status_code == 401


async def test_r70_parallel_registrations_make_one_passkey(ada: Person) -> None:
    credential = ada.device.create(await to_register(ada))

    answers = await asyncio.gather(
        *(ada.post("webauthn/register/complete", credential=credential) for _ in range(3))
    )

    assert [answer.status_code for answer in answers].count(200) == 1
    assert len(await ada.get("two-factor/webauthn/passkeys")) == 1


@on_one_storage
async def test_r70_a_registration_of_one_user_is_none_of_another(ada: Person, eve: Person) -> None:
    credential = ada.device.create(await to_register(ada))

    stolen = await eve.post("webauthn/register/complete", credential=credential)

    assert (stolen.status_code, stolen.json()["code"]) == (400, "passkey_refused")


@on_one_storage
async def test_r71_the_site_is_what_the_settings_say(ada: Person) -> None:
    options = await to_register(ada)
    assert options["rp"] == {"id": "localhost", "name": "FastAPI Blocks"}
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    path = "/api/v1/two-factor/webauthn/authenticate/initiate"
    misled = await ada.client.post(path, json={}, headers=headers)
    assert misled.json()["publicKey"]["rpId"] == "localhost"

    for lie in ({"origin": "https://evil.example"}, {"cross_origin": True}, {"present": False}):
        device = replace(Authenticator(), **lie)
        options = await to_register(ada)
        refused = await ada.post("webauthn/register/complete", credential=device.create(options))
        assert (refused.status_code, refused.json()["code"]) == (400, "passkey_refused")

    await ada.set_up_passkey()
    for attribute, lie_told in (
        ("origin", "http://localhost:3001"),
        ("cross_origin", True),
        ("present", False),
    ):
        truth = getattr(ada.device, attribute)
        setattr(ada.device, attribute, lie_told)
        assert (await ada.sign_in_with_passkey()).status_code == 401
        setattr(ada.device, attribute, truth)
    assert (await ada.sign_in_with_passkey()).status_code == 200


@on_one_storage
async def test_r72_without_a_password_the_device_must_have_verified_the_user(
    ada: Person,
) -> None:
    await ada.set_up_passkey()
    assert (await asked(ada))["userVerification"] == "required"

    ada.device.verifies_users = False
    refused = await ada.sign_in_with_passkey()

    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")


async def test_r73_a_counter_that_goes_back_gives_a_copy_away(
    ada: Person, runtime: Runtime
) -> None:
    await ada.set_up_passkey()
    ada.device.count = 5
    assert (await ada.sign_in_with_passkey()).status_code == 200

    ada.device.count = 3
    refused = await ada.sign_in_with_passkey()

    assert refused.status_code == 401
    kinds = [event["kind"] for event in (await ada.get("auth/events"))["items"]]
    assert "passkey_cloned" in kinds
    ada.device.count = 6
    assert (await ada.sign_in_with_passkey()).status_code == 200


async def test_r73_a_passkey_that_is_on_several_devices_need_not_count(
    ada: Person, runtime: Runtime
) -> None:
    ada.device.syncs = True
    await ada.set_up_passkey()
    for _ in range(2):
        assert (await ada.sign_in_with_passkey()).status_code == 200

    row = PasskeyRow
    async with runtime.unit_of_work() as work:
        [stored] = await work.fetch(select(row.backup_eligible, row.backed_up, row.transports))
    assert tuple(stored) == (True, True, "internal")
    ada.device.syncs = False  # its flags say now that it never left its device
    ada.device.count = 9
    assert (await ada.sign_in_with_passkey()).status_code == 401


async def test_r74_passkeys_are_listed_renamed_and_removed_by_their_owner_alone(
    ada: Person, eve: Person
) -> None:
    passkey = (await ada.set_up_passkey("  Phone  ")).json()["passkey"]
    await eve.set_up_passkey()
    path = f"webauthn/passkeys/{passkey['id']}"
    assert passkey["name"] == "Phone"

    await ada.sign_in_with_passkey()
    await eve.sign_in_with_passkey()
    assert (await eve.ask("PATCH", f"two-factor/{path}", {"name": "Mine"})).status_code == 404
    assert (await eve.delete(path)).status_code == 404
    assert len(await eve.get("two-factor/webauthn/passkeys")) == 1
    for name in ("", " ", "x" * 65, "a\nb"):
        refused = await ada.ask("PATCH", f"two-factor/{path}", {"name": name})
        assert refused.status_code == 422
    assert (await ada.ask("PATCH", f"two-factor/{path}", {"name": "Old"})).status_code == 204
    assert [each["name"] for each in await ada.get("two-factor/webauthn/passkeys")] == ["Old"]

    assert (await ada.delete(path)).status_code == 204
    assert (await ada.delete(path)).status_code == 404


async def test_r74_a_passkey_is_set_up_once(ada: Person, eve: Person) -> None:
    await ada.set_up_passkey()
    await ada.sign_in_with_passkey()
    options = await to_register(ada)
    known = [each["id"] for each in options["excludeCredentials"]]
    assert known == list(ada.device.keys)

    for person in (ada, eve):
        person.device.credential_id = decoded(known[0])  # by an authenticator that lies
        taken = await person.set_up_passkey()
        assert told(taken) == (409, "passkey_taken")
    assert await eve.get("two-factor/webauthn/passkeys") == []


async def test_r3_what_a_browser_says_many_times_over_is_kept_once(
    ada: Person, runtime: Runtime
) -> None:
    credential = ada.device.create(await to_register(ada))
    credential["response"]["transports"] = ["usb", "teleport", "nfc", "smart-card"] * 60

    added = await ada.post("webauthn/register/complete", credential=credential)

    assert added.status_code == 200
    async with runtime.unit_of_work() as work:
        assert await work.fetch(select(PasskeyRow.transports)) == [("usb nfc smart-card",)]


@pytest.mark.parametrize("options", [{"passkeys_per_user": 2}])
@on_one_storage
async def test_r74_there_is_a_most(ada: Person) -> None:
    for _ in range(2):
        assert (await ada.set_up_passkey()).status_code == 200
        await ada.sign_in_with_passkey()

    refused = await ada.post("webauthn/register/initiate")

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_passkeys")


@on_one_storage
async def test_r74_the_last_way_to_sign_in_stays(ada: Person, runtime: Runtime) -> None:
    passkey = (await ada.set_up_passkey()).json()["passkey"]
    async with runtime.unit_of_work() as work:
        users = Auth(work).users
        user = await users.by_email_key(ada.email)
        assert user is not None
        await users.save(user.with_new_password(None), instead_of=user)
    await ada.sign_in_with_passkey()

    refused = await ada.delete(f"webauthn/passkeys/{passkey['id']}")

    assert (refused.status_code, refused.json()["code"]) == (409, "last_sign_in_method")


@on_one_storage
async def test_r75_the_passkey_says_whose_it_is_by_chance_alone(ada: Person, eve: Person) -> None:
    first, second = await to_register(ada), await to_register(ada)
    other = await to_register(eve)

    handle = decoded(first["user"]["id"])
    assert len(handle) == 64
    assert first["user"]["id"] == second["user"]["id"] != other["user"]["id"]
    assert ada.email.encode() not in handle


@on_one_storage
async def test_r75_every_refusal_looks_alike(ada: Person, eve: Person, runtime: Runtime) -> None:
    await ada.set_up_passkey()
    await eve.set_up_passkey()
    ada.tokens = {}
    nobodys = Authenticator()
    nobodys.create({"rp": {"id": "localhost"}, "user": {"id": "AAAA"}, "challenge": "AAAA"})
    of_another = replace(ada.device, handles=dict.fromkeys(ada.device.handles, "AAAA"))
    unsaid = ada.device.get(await asked(ada))
    unsaid["response"]["userHandle"] = None

    refused = [
        await ada.post(COMPLETE, credential=nobodys.get(await asked(ada))),
        await ada.post(COMPLETE, credential=of_another.get(await asked(ada))),
        await ada.post(COMPLETE, credential=unsaid),
        await ada.post(COMPLETE, credential={}),
    ]
    await deactivate(runtime, ada.email)
    refused.append(await ada.sign_in_with_passkey())

    assert {told(answer) for answer in refused} == {(401, "invalid_credentials")}
    assert len({answer.json()["detail"] for answer in refused}) == 1
    assert (await asked(ada))["allowCredentials"] == []


@on_one_storage
async def test_a_passkey_of_another_user_is_no_second_factor(ada: Person, eve: Person) -> None:
    await ada.set_up_passkey()
    await eve.set_up_passkey()
    token = await ada.first_step()
    options = await asked(ada, twoFactorToken=token) | {"allowCredentials": []}

    answer = await ada.post(COMPLETE, twoFactorToken=token, credential=eve.device.get(options))

    assert told(answer) == (401, "wrong_answer")


@on_one_storage
async def test_a_passkey_signs_in_while_strangers_try_passwords(ada: Person) -> None:
    """R35. Whoever guesses wears out the tries of the password, and of nothing else."""
    await ada.set_up_passkey()
    body = {"email": ada.email, "password": "not the password at all"}
    for _ in range(12):
        await ada.client.post("/api/v1/auth/login", json=body)

    assert (await ada.sign_in_with_passkey()).status_code == 200


async def deactivate(runtime: Runtime, email: str) -> None:
    async with runtime.unit_of_work() as work:
        users = Auth(work).users
        user = await users.by_email_key(email)
        assert user is not None
        await users.save(replace(user, is_active=False), instead_of=user)


def told(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]
