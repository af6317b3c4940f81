"""Who must have a second factor, and who may take it away: R24, R67, R69."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from app import core
from app.core.blocks import Block
from app.core.runtime import Runtime
from app.modules import auth, two_factor
from app.modules.auth import PERMISSIONS, Auth, Grants, UserId
from app.modules.two_factor.tests.conftest import Person, on_one_storage


class EverybodyIsAModerator:
    async def grants(self, user_id: UserId) -> Grants:
        return Grants(roles=frozenset({"moderator"}))


roles = Block(
    name="roles", provides=[PERMISSIONS.provided_by(lambda work: EverybodyIsAModerator())]
)


@pytest.fixture
def blocks() -> Sequence[Block]:
    return (core.block, auth.block, roles, two_factor.block)


MODERATORS = pytest.mark.parametrize("options", [{"required_for": ("moderator",)}])


async def code_of(ada: Person, path: str) -> str:
    response = await ada.ask("GET", path)
    return "" if response.status_code == 200 else str(response.json()["code"])


@MODERATORS
@on_one_storage
async def test_r69_without_the_factor_one_can_only_set_it_up(ada: Person) -> None:
    for path in ("auth/sessions", "auth/events", "two-factor/trusted-devices"):
        assert await code_of(ada, path) == "two_factor_required"
    refused = await ada.ask("PATCH", "auth/me", {"name": "Countess"})
    assert refused.status_code == 403
    assert (await ada.get("two-factor/status"))["required"] is True
    assert (await ada.get("auth/me"))["twoFactorEnabled"] is False

    assert (await ada.set_up_totp()).status_code == 200

    assert await code_of(ada, "auth/sessions") == ""
    await ada.sign_in_with_totp()
    assert await code_of(ada, "auth/events") == ""


@MODERATORS
@on_one_storage
async def test_r67_the_last_factor_that_is_required_stays(ada: Person) -> None:
    passkey = (await ada.set_up_passkey()).json()["passkey"]["id"]
    await ada.sign_in_with_passkey()
    refused = await ada.delete(f"webauthn/passkeys/{passkey}")
    assert (refused.status_code, refused.json()["code"]) == (409, "last_factor")

    await ada.set_up_totp()
    assert (await ada.delete(f"webauthn/passkeys/{passkey}")).status_code == 204
    refused = await ada.post("totp/disable")
    assert (refused.status_code, refused.json()["code"]) == (409, "last_factor")


@MODERATORS
async def test_r67_of_the_last_two_that_are_required_one_stays_also_at_once(ada: Person) -> None:
    passkey = (await ada.set_up_passkey()).json()["passkey"]["id"]
    await ada.sign_in_with_passkey()
    await ada.set_up_totp()

    answers = await asyncio.gather(
        ada.post("totp/disable"), ada.delete(f"webauthn/passkeys/{passkey}")
    )

    assert sorted(answer.status_code for answer in answers) == [204, 409]
    status = await ada.get("two-factor/status")
    assert (len(status["methods"]), status["backupCodesRemaining"]) == (2, 10)


@pytest.mark.parametrize("options", [{"required_for": ("admin",)}])
@on_one_storage
async def test_r69_an_admin_is_one_also_without_a_role(ada: Person, runtime: Runtime) -> None:
    assert await code_of(ada, "auth/sessions") == ""

    async with runtime.unit_of_work() as work:
        users = Auth(work).users
        user = await users.by_email_key(ada.email)
        assert user is not None
        await users.save(replace(user, is_admin=True), instead_of=user)

    assert await code_of(ada, "auth/sessions") == "two_factor_required"


@pytest.mark.parametrize("options", [{"required_for": ("*",)}])
@on_one_storage
async def test_r69_a_star_is_everybody(ada: Person) -> None:
    assert await code_of(ada, "auth/sessions") == "two_factor_required"


@on_one_storage
async def test_r69_a_reset_by_others_leaves_nothing_and_who_did_it_tells_the_owner(
    ada: Person, runtime: Runtime
) -> None:
    await ada.set_up_totp()
    await ada.sign_in_with_totp(trustDevice=True)
    await ada.set_up_passkey()

    async with runtime.unit_of_work() as work:
        auth_ = Auth(work)
        user = await auth_.users.by_email_key(ada.email)
        assert user is not None
        assert await auth_.factors.reset(user.id)
        assert not await auth_.factors.reset(user.id)

    assert "accessToken" in await ada.login()
    status = await ada.get("two-factor/status")
    assert (status["enabled"], status["backupCodesRemaining"]) == (False, 0)
    assert await ada.get("two-factor/trusted-devices") == []
    assert not [subject for subject in await ada.mails() if "lost" in subject]
    kinds = [event["kind"] for event in (await ada.get("auth/events"))["items"]]
    assert kinds.count("two_factor_forgotten") == 2


@on_one_storage
async def test_r24_who_proves_the_address_of_an_account_loses_the_factors_of_a_stranger(
    ada: Person, runtime: Runtime
) -> None:
    await ada.set_up_totp()
    async with runtime.unit_of_work() as work:
        users = Auth(work).users
        user = await users.by_email_key(ada.email)
        assert user is not None
        await users.save(replace(user, email_verified_at=None), instead_of=user)

    await ada.ask("POST", "auth/magic-link", {"email": ada.email})
    link = {"token": await ada.mailed_token("magic-link")}
    claimed = await ada.ask("POST", "auth/magic-link/verify", link)

    assert "accessToken" in claimed.json()
    ada.keep(claimed)
    assert (await ada.get("two-factor/status"))["enabled"] is False
