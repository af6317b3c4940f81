"""Where the second factor is not asked for again: R68."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.runtime import Runtime
from app.core.testing import Clock
from app.modules.two_factor.db_models import TrustedDeviceRow
from app.modules.two_factor.tests.conftest import PASSWORD, Person, on_one_storage

COOKIE = "__Host-trusted_device"


async def trusting(ada: Person) -> Person:
    await ada.set_up_totp()
    await ada.sign_in_with_totp(trustDevice=True)
    return ada


async def asks(ada: Person) -> bool:
    return "requiresTwoFactor" in await ada.login()


async def test_r68_a_trusted_device_is_not_asked_for_a_month(ada: Person, clock: Clock) -> None:
    await ada.set_up_totp()
    token = await ada.first_step()
    response = await ada.second_step(token, ada.next_code(), trustDevice=True)

    [cookie] = [each for each in response.headers.get_list("set-cookie") if COOKIE in each]
    for attribute in ("Secure", "HttpOnly", "SameSite=strict", "Path=/", "Max-Age=2592000"):
        assert attribute in cookie
    assert not await asks(ada)
    assert (await ada.get("auth/sessions"))[0]["methods"] == ["pwd"]
    assert (await ada.post("totp/disable")).status_code == 401, "it is one proof all the same"
    clock.advance(timedelta(days=30))
    assert await asks(ada)


@on_one_storage
async def test_r68_only_who_says_so_is_trusted_and_only_for_this_user(
    ada: Person, eve: Person
) -> None:
    await ada.set_up_totp()
    await ada.sign_in_with_totp()
    assert await asks(ada)

    await eve.set_up_totp()
    await eve.sign_in_with_totp(trustDevice=True)
    assert not await asks(eve)
    assert await asks(ada), "the cookie of Eve is in the same browser"


@on_one_storage
async def test_r68_a_dump_of_the_database_is_no_trusted_device(
    ada: Person, runtime: Runtime
) -> None:
    await trusting(ada)
    shown = ada.client.cookies[COOKIE]
    assert len(shown) >= 43  # 256 bits

    async with runtime.unit_of_work() as work:
        [(stored,)] = await work.fetch(select(TrustedDeviceRow.token_hash))

    assert shown.encode() not in stored
    ada.client.cookies.clear()
    ada.client.cookies.set(COOKIE, stored.hex())
    assert await asks(ada)


async def test_r68_devices_are_listed_and_forgotten_by_their_owner_alone(
    ada: Person, eve: Person
) -> None:
    await trusting(ada)
    [device] = await ada.get("two-factor/trusted-devices")
    assert set(device) == {"id", "ip", "userAgent", "createdAt", "lastUsedAt", "expiresAt"}

    path = f"trusted-devices/{device['id']}"
    assert (await eve.delete(path)).status_code == 404
    assert await eve.get("two-factor/trusted-devices") == []
    assert (await ada.delete(path)).status_code == 204
    assert await asks(ada)

    ada.client.cookies.clear()
    ada.clock.advance(timedelta(minutes=1))
    await ada.sign_in_with_totp(trustDevice=True)
    assert (await ada.delete("trusted-devices")).status_code == 204
    assert await asks(ada)


async def change_password(ada: Person) -> None:
    body = {"currentPassword": PASSWORD, "newPassword": PASSWORD[::-1]}
    assert (await ada.ask("POST", "auth/change-password", body)).status_code == 200
    body = {"currentPassword": PASSWORD[::-1], "newPassword": PASSWORD}
    assert (await ada.ask("POST", "auth/change-password", body)).status_code == 200


async def reset_password(ada: Person) -> None:
    await ada.ask("POST", "auth/forgot-password", {"email": ada.email})
    body = {"token": await ada.mailed_token("reset-password"), "newPassword": PASSWORD}
    assert (await ada.ask("POST", "auth/reset-password", body)).status_code == 200


async def add_a_passkey(ada: Person) -> None:
    assert (await ada.set_up_passkey()).status_code == 200


async def begin_anew(ada: Person) -> None:
    assert (await ada.post("totp/disable")).status_code == 204
    assert await ada.get("two-factor/trusted-devices") == []
    await ada.set_up_totp()


@pytest.mark.parametrize("change", [change_password, reset_password, add_a_passkey, begin_anew])
@on_one_storage
async def test_r68_a_change_ends_the_trust(
    ada: Person, change: Callable[[Person], Awaitable[None]]
) -> None:
    await trusting(ada)

    await change(ada)

    assert await asks(ada)


@pytest.mark.parametrize("options", [{"trusted_device_days": 0}])
@on_one_storage
async def test_the_settings_can_forbid_it(ada: Person) -> None:
    await trusting(ada)

    assert COOKIE not in ada.client.cookies
    assert await asks(ada)


@pytest.mark.parametrize("options", [{"trusted_device_days": 7}])
@on_one_storage
async def test_the_settings_say_for_how_long(ada: Person, clock: Clock) -> None:
    await trusting(ada)

    clock.advance(timedelta(days=7) - timedelta(seconds=1))
    assert not await asks(ada)
    clock.advance(timedelta(seconds=1))
    assert await asks(ada)
