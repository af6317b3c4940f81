"""Codes on paper: R66, and R48 where it touches them."""

import asyncio
from base64 import b32decode

import pytest
from sqlalchemy import select

from app.core.ids import uuid7
from app.core.runtime import Runtime
from app.modules.two_factor.backup_codes import hashed, looks_like_a_code, new_code
from app.modules.two_factor.db_models import BackupCodeRow
from app.modules.two_factor.tests.conftest import Person, on_one_storage


def test_r66_a_code_has_120_random_bits() -> None:
    codes = {new_code() for _ in range(100)}

    assert len(codes) == 100
    for code in codes:
        groups = code.split("-")
        assert [len(group) for group in groups] == [4] * 6
        assert set("".join(groups)) <= set("0123456789abcdefghjkmnpqrstvwxyz")  # 5 bits each


def test_a_code_is_the_same_however_it_is_typed() -> None:
    ada, code = uuid7(), "01ab-cdef-ghjk-mnpq-rstv-wxyz"

    for typed in (code, code.upper(), code.replace("-", ""), "oIab CDEF ghjk mnpq rstv wxyz"):
        assert looks_like_a_code(typed)
        assert hashed(ada, typed) == hashed(ada, code)
    for other in (
        "",
        "123456",
        code[:-1],
        f"{code}2",
        code.replace("a", "u"),
        code.replace("a", "é"),
    ):
        assert not looks_like_a_code(other)


def test_r66_a_hash_is_of_one_users_code() -> None:
    code = new_code()

    assert hashed(uuid7(), code) != hashed(uuid7(), code)


async def test_r66_a_code_works_once_also_at_once(ada: Person) -> None:
    await ada.set_up_totp()
    assert len(ada.backup_codes) == 10
    code = ada.backup_codes[3]

    answers = await asyncio.gather(*(ada.reauthenticate(backupCode=code) for _ in range(8)))
    later = await ada.second_step(await ada.first_step(), code)

    assert [answer.status_code for answer in answers].count(200) == 1
    assert later.status_code == 401
    assert (await ada.get("two-factor/status"))["backupCodesRemaining"] == 9


async def test_r66_new_codes_void_the_old(ada: Person) -> None:
    await ada.set_up_totp()
    old = ada.backup_codes
    await ada.reauthenticate(backupCode=old[0])

    new = (await ada.post("totp/regenerate-backup-codes")).json()["backupCodes"]

    assert (await ada.reauthenticate(backupCode=old[1])).status_code == 401
    assert (await ada.reauthenticate(backupCode=new[0].replace("-", " "))).status_code == 200


async def test_r66_new_codes_void_the_old_also_at_once(ada: Person) -> None:
    await ada.set_up_totp()
    await ada.sign_in_with_totp()

    answers = await asyncio.gather(*(ada.post("totp/regenerate-backup-codes") for _ in range(6)))

    assert {answer.status_code for answer in answers} == {200}
    assert (await ada.get("two-factor/status"))["backupCodesRemaining"] == 10


async def test_r66_two_first_factors_at_once_bring_one_sheet_of_codes(ada: Person) -> None:
    setup = (await ada.post("totp/initiate")).json()
    ada.secret = b32decode(setup["secret"])
    options = (await ada.post("webauthn/register/initiate")).json()["publicKey"]

    answers = await asyncio.gather(
        ada.post("totp/verify", setupToken=setup["setupToken"], code=ada.code()),
        ada.post("webauthn/register/complete", credential=ada.device.create(options)),
    )

    assert sum(len(answer.json().get("backupCodes", [])) for answer in answers) == 10
    assert (await ada.get("two-factor/status"))["backupCodesRemaining"] == 10


@on_one_storage
async def test_r66_the_owner_hears_of_a_use_and_how_many_are_left(ada: Person) -> None:
    await ada.set_up_totp()
    await ada.reauthenticate(backupCode=ada.backup_codes[0])

    mail = (await ada.outbox.to(ada.email))[-1]

    assert mail.subject == "A backup code of your account at FastAPI Blocks was used"
    assert "9 are left" in mail.text


async def test_r48_what_is_stored_opens_nothing(ada: Person, runtime: Runtime) -> None:
    await ada.set_up_totp()
    async with runtime.unit_of_work() as work:
        stored = await work.fetch(select(BackupCodeRow.code_hash))

    hashes = [row[0] for row in stored]
    assert len(hashes) == 10
    refused = await ada.reauthenticate(backupCode=hashes[0].hex())
    assert refused.status_code == 401
    plain = [code.replace("-", "").encode() for code in ada.backup_codes]
    assert not any(code in text for code in plain for text in hashes)


@on_one_storage
async def test_they_go_with_the_last_factor(ada: Person) -> None:
    await ada.set_up_totp()
    await ada.reauthenticate(backupCode=ada.backup_codes[0])
    await ada.post("totp/disable")

    assert (await ada.get("two-factor/status"))["backupCodesRemaining"] == 0
    assert "accessToken" in await ada.login()


@pytest.mark.parametrize("options", [{"backup_codes_count": 12}])
@on_one_storage
async def test_the_settings_say_how_many_there_are(ada: Person) -> None:
    await ada.set_up_totp()

    assert len(ada.backup_codes) == 12
