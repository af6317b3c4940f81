"""Keys, tokens, seals and ids."""

import time

import pytest

from app.core.crypto import (
    BrokenSeal,
    Seals,
    derive_key,
    hash_token,
    hmac_sha256,
    key_id,
    new_token,
    same,
    seal,
    unseal,
)
from app.core.ids import uuid7

KEY = derive_key("a root secret", "tests")


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert derive_key("secret", "one") != derive_key("secret", "two")
    assert derive_key("secret", "one") == derive_key("secret", "one")
    assert len(derive_key("secret", "one")) == 32


def test_hmac_agrees_with_rfc_4231() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == expected


def test_tokens_have_the_chance_they_promise() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token(128)) == 22
    assert len(new_token(256)) == 43


def test_a_hash_says_nothing_but_equality() -> None:
    assert hash_token("token") == hash_token("token")
    assert len(hash_token("token")) == 32
    assert same("ä", "ä")
    assert not same("a", "b")


def test_a_key_id_does_not_contain_the_key() -> None:
    assert key_id(KEY) == key_id(KEY)
    assert len(key_id(KEY)) == 8


def test_what_is_sealed_can_be_opened() -> None:
    assert unseal(KEY, seal(KEY, b"hello", b"here"), b"here") == b"hello"


@pytest.mark.parametrize(
    ("key", "sealed", "context"),
    [
        (derive_key("another", "tests"), seal(KEY, b"hello", b"here"), b"here"),
        (KEY, seal(KEY, b"hello", b"here"), b"elsewhere"),
        (KEY, seal(KEY, b"hello", b"here")[:-1], b"here"),
        (KEY, b"", b"here"),
    ],
    ids=["another key", "another context", "a byte less", "nothing"],
)
def test_what_was_changed_stays_shut(key: bytes, sealed: bytes, context: bytes) -> None:
    with pytest.raises(BrokenSeal):
        unseal(key, sealed, context)


def test_r55_what_an_older_secret_sealed_opens_until_that_is_forgotten() -> None:
    sealed = Seals.of(["old"], "tests").seal(b"hello", b"here")

    assert Seals.of(["new", "old"], "tests").unseal(sealed, b"here") == b"hello"
    for others in (["new"], ["new", "another"]):
        with pytest.raises(BrokenSeal):
            Seals.of(others, "tests").unseal(sealed, b"here")


def test_r55_a_seal_tells_whether_it_is_of_an_earlier_key() -> None:
    old, both = Seals.of(["old"], "tests"), Seals.of(["new", "old"], "tests")
    sealed = old.seal(b"hello", b"here")

    assert (old.is_old(sealed), both.is_old(sealed)) == (False, True)
    assert sealed.startswith(old.beginning)


def test_ids_are_uuids_of_version_7_that_sort_by_time() -> None:
    ids = [uuid7() for _ in range(1000)]

    assert {(each.version, each.variant) for each in ids} == {(7, "specified in RFC 4122")}
    assert ids == sorted(set(ids))
    assert abs((ids[-1].int >> 80) - time.time() * 1000) < 1000
