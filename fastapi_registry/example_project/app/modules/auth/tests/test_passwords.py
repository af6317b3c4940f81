"""Hashing: what fits, what is replaced, and what happens when too many ask at once. R14 to R16."""

import asyncio
import os
import re

import bcrypt
import pytest

from app.core.errors import Busy
from app.modules.auth import passwords
from app.modules.auth.passwords import Hashing, PasswordCheck
from app.modules.auth.tests.conftest import PASSWORD

HASHING = Hashing()


async def test_a_hash_fits_its_password_alone() -> None:
    made = await HASHING.hash(PASSWORD)

    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await HASHING.check(PASSWORD, made) == PasswordCheck(fits=True)
    assert await HASHING.check(PASSWORD + " ", made) == PasswordCheck(fits=False)


async def test_two_hashes_of_one_password_differ() -> None:
    assert await HASHING.hash(PASSWORD) != await HASHING.hash(PASSWORD)


@pytest.mark.parametrize("stored", [None, "", "plain text", "$argon2id$broken", "$2b$broken"])
async def test_without_a_hash_nothing_fits(stored: str | None) -> None:
    assert await HASHING.check(PASSWORD, stored) == PasswordCheck(fits=False)


async def test_r15_an_old_bcrypt_hash_fits_as_far_as_bcrypt_looked() -> None:
    long = "a long password " * 8
    stored = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()

    check = await HASHING.check(long, stored)

    assert check.fits
    assert check.new_hash is not None
    assert await HASHING.check(long, check.new_hash) == PasswordCheck(fits=True)
    assert not (await HASHING.check(long[:72], check.new_hash)).fits


async def test_a_nul_fits_no_bcrypt_hash() -> None:
    stored = bcrypt.hashpw(b"password", bcrypt.gensalt(4)).decode()

    assert not (await HASHING.check("pass\x00word", stored)).fits


OLD, NEW = "the pepper of last year", "the pepper of this year"


async def test_r14_a_peppered_hash_fits_nothing_without_its_pepper() -> None:
    stored = await Hashing(peppers=[OLD]).hash(PASSWORD)

    assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=", stored)
    assert await Hashing(peppers=[OLD]).check(PASSWORD, stored) == PasswordCheck(fits=True)
    for other in (HASHING, Hashing(peppers=[NEW])):
        assert await other.check(PASSWORD, stored) == PasswordCheck(fits=False)


async def test_r14_hashes_from_before_a_pepper_fit_and_are_replaced() -> None:
    hashing = Hashing(peppers=[NEW, OLD])

    for stored in (await HASHING.hash(PASSWORD), await Hashing(peppers=[OLD]).hash(PASSWORD)):
        check = await hashing.check(PASSWORD, stored)

        assert check.new_hash is not None
        assert await Hashing(peppers=[NEW]).check(PASSWORD, check.new_hash) == PasswordCheck(True)
        assert await hashing.check(PASSWORD + " ", stored) == PasswordCheck(fits=False)


async def test_r16_no_more_threads_hash_than_there_are_cores() -> None:
    hashing = asyncio.gather(*(HASHING.hash(PASSWORD) for _ in range(20)))
    await asyncio.sleep(0.01)

    busy = passwords._threads.get().statistics().borrowed_tokens

    assert busy <= (os.cpu_count() or 1)
    await hashing


async def test_r16_when_too_many_wait_the_next_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_LONGEST_QUEUE", 0)

    with pytest.raises(Busy):
        await HASHING.hash(PASSWORD)
