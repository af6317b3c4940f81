"""Secrets at rest, and the keys that seal them: R55, R62."""

import asyncio
import secrets
from datetime import timedelta

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlalchemy import select

from app.core.commands.project import Project
from app.core.crypto import Seals
from app.core.ids import uuid7
from app.core.runtime import Runtime
from app.modules.two_factor import TwoFactorSettings
from app.modules.two_factor.commands import reseal_two_factor
from app.modules.two_factor.composition import TwoFactor
from app.modules.two_factor.db_models import TotpSecretRow
from app.modules.two_factor.models import TotpParameters, TotpSecret
from app.modules.two_factor.tests.conftest import NEW_KEY, Person, on_one_storage

OLDER_KEY = secrets.token_urlsafe(32)
PERIOD = timedelta(seconds=30)


def rotate(runtime: Runtime, present: str, *earlier: str) -> None:
    section = runtime.settings.section(TwoFactorSettings)
    section.encryption_key = SecretStr(present)
    section.previous_encryption_keys = SecretStr(",".join(earlier))


async def key_ids(runtime: Runtime) -> set[bytes]:
    async with runtime.unit_of_work() as work:
        return {row[0][:8] for row in await work.fetch(select(TotpSecretRow.sealed))}


def beginning(key: str) -> bytes:
    return Seals.of([key], "two_factor: secrets at rest").beginning


def test_r62_a_secret_is_bound_to_its_user_and_row() -> None:
    one, two, ada, eve = uuid7(), uuid7(), uuid7(), uuid7()
    usual = TotpParameters("SHA1", 6, 30)

    contexts = {
        TotpSecret(id=row, user_id=user, sealed=b"", parameters=usual).context
        for row, user in ((one, ada), (two, ada), (one, eve))
    }

    assert len(contexts) == 3


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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # a file, for two processes
async def test_r55_a_command_seals_what_nobody_uses(
    ada: Person, eve: Person, runtime: Runtime
) -> None:
    await ada.set_up_totp()
    await eve.set_up_totp()
    rotate(runtime, OLDER_KEY, NEW_KEY)
    project = Project(runtime.blocks, lambda: runtime.settings)

    said = [
        (await asyncio.to_thread(CliRunner().invoke, reseal_two_factor, obj=project)).output
        for _ in range(2)
    ]

    assert said == ["Sealed 2 secrets anew\n", "All are sealed with the present key\n"]
    assert await key_ids(runtime) == {beginning(OLDER_KEY)}
    rotate(runtime, OLDER_KEY)
    assert (await eve.second_step(await eve.first_step(), eve.next_code())).status_code == 200


async def test_r55_some_are_sealed_anew_at_a_time(ada: Person, runtime: Runtime) -> None:
    await ada.set_up_totp()
    rotate(runtime, OLDER_KEY, NEW_KEY)

    for expected in (1, 0):
        async with runtime.unit_of_work() as work:
            assert await TwoFactor.of(work).totp.reseal_some() == expected


@on_one_storage
async def test_in_development_the_key_of_the_app_is_enough(ada: Person, runtime: Runtime) -> None:
    rotate(runtime, "")
    await ada.set_up_totp()

    secret = runtime.settings.security.secret_key.get_secret_value()
    assert await key_ids(runtime) == {beginning(secret)}

    rotate(runtime, NEW_KEY)
    assert (await ada.second_step(await ada.first_step(), ada.next_code())).status_code == 200
    assert await key_ids(runtime) == {beginning(NEW_KEY)}
