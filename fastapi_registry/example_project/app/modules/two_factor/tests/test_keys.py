"""Secrets at rest, and the keys that seal them: R55, R62."""

import secrets
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from app.core.crypto import BrokenSeal
from app.core.ids import uuid7
from app.core.runtime import Runtime
from app.modules.two_factor import TwoFactorSettings
from app.modules.two_factor.composition import TwoFactor
from app.modules.two_factor.db_models import TotpSecretRow
from app.modules.two_factor.exceptions import SecretUnreadable
from app.modules.two_factor.models import Sealed, TotpParameters, TotpSecret
from app.modules.two_factor.tests.conftest import NEW_KEY, Person, on_one_storage
from app.modules.two_factor.vault import Vault

OLDER_KEY = secrets.token_urlsafe(32)
PERIOD = timedelta(seconds=30)


def rotate(runtime: Runtime, present: str, *earlier: str) -> None:
    section = runtime.settings.section(TwoFactorSettings)
    section.encryption_key = SecretStr(present)
    section.previous_encryption_keys = SecretStr(",".join(earlier))


async def key_ids(runtime: Runtime) -> set[str]:
    async with runtime.unit_of_work() as work:
        return {row[0] for row in await work.fetch(select(TotpSecretRow.key_id))}


def test_r62_what_is_sealed_opens_with_its_key_and_in_its_row_alone() -> None:
    old, both, new = Vault.of(OLDER_KEY), Vault.of(NEW_KEY, OLDER_KEY), Vault.of(NEW_KEY)
    sealed = old.seal(b"a secret", b"a row")

    assert b"a secret" not in sealed.text
    assert both.open(sealed, b"a row") == b"a secret"
    assert (old.is_old(sealed), both.is_old(sealed)) == (False, True)
    with pytest.raises(SecretUnreadable):
        new.open(sealed, b"a row")
    with pytest.raises(BrokenSeal):
        both.open(sealed, b"another row")


def test_a_secret_is_bound_to_its_user_and_row() -> None:
    def context(secret_id: object, user_id: object) -> bytes:
        return TotpSecret(
            id=secret_id,  # type: ignore[arg-type]
            user_id=user_id,  # type: ignore[arg-type]
            sealed=Sealed("", b""),
            parameters=TotpParameters("SHA1", 6, 30),
        ).context

    one, two, ada, eve = uuid7(), uuid7(), uuid7(), uuid7()

    assert len({context(one, ada), context(two, ada), context(one, eve)}) == 3


async def test_r55_an_old_row_is_sealed_anew_when_it_is_used(ada: Person, runtime: Runtime) -> None:
    await ada.set_up_totp()
    before = await key_ids(runtime)

    rotate(runtime, OLDER_KEY, NEW_KEY)
    assert (await ada.second_step(await ada.first_step(), ada.next_code())).status_code == 200

    after = await key_ids(runtime)
    assert (len(after), after & before) == (1, set())
    rotate(runtime, OLDER_KEY)
    ada.clock.advance(PERIOD)
    assert (await ada.second_step(await ada.first_step(), ada.next_code())).status_code == 200


@on_one_storage
async def test_r64_a_key_that_is_gone_costs_no_try_and_no_backup_code(
    ada: Person, runtime: Runtime
) -> None:
    await ada.set_up_totp()
    rotate(runtime, OLDER_KEY)

    for _ in range(12):
        broken = await ada.second_step(await ada.first_step(), ada.next_code())
        assert (broken.status_code, broken.json()["code"]) == (500, "secret_unreadable")

    done = await ada.second_step(await ada.first_step(), ada.backup_codes[0])
    assert done.status_code == 200


async def test_r55_a_command_seals_what_nobody_uses(
    ada: Person, eve: Person, runtime: Runtime
) -> None:
    await ada.set_up_totp()
    await eve.set_up_totp()
    rotate(runtime, OLDER_KEY, NEW_KEY)

    async with runtime.unit_of_work() as work:
        assert await TwoFactor.of(work).totp.reseal_some() == 2
    async with runtime.unit_of_work() as work:
        assert await TwoFactor.of(work).totp.reseal_some() == 0

    assert await key_ids(runtime) == {Vault.of(OLDER_KEY).current}
    rotate(runtime, OLDER_KEY)
    assert (await eve.second_step(await eve.first_step(), eve.next_code())).status_code == 200


@on_one_storage
async def test_in_development_the_key_of_the_app_is_enough(ada: Person, runtime: Runtime) -> None:
    rotate(runtime, "")
    await ada.set_up_totp()

    secret = runtime.settings.security.secret_key.get_secret_value()
    assert await key_ids(runtime) == {Vault.of(secret).current}
