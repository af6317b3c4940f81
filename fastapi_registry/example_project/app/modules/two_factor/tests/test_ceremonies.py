"""What counts as a proof by a passkey: examples of the W3C, and what strangers may send (R76)."""

import copy
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from webauthn.helpers import encode_cbor
from webauthn.helpers.structs import AuthenticatorTransport

from app.core.ids import uuid7
from app.modules.two_factor.ceremonies import (
    CredentialRefused,
    Proof,
    Registered,
    RelyingParty,
    challenge_of,
    claim_of,
    read,
)
from app.modules.two_factor.db_models import PasskeyRow
from app.modules.two_factor.models import Passkey
from app.modules.two_factor.tests import w3c_vectors as w3c
from app.modules.two_factor.tests.authenticator import Authenticator, encoded

W3C = RelyingParty(id=w3c.SITE, name="Example", origins=(w3c.ORIGIN,), timeout=timedelta(minutes=5))
HOME = RelyingParty(
    id="localhost", name="Home", origins=("http://localhost:3000",), timeout=timedelta(minutes=5)
)


def register(example: w3c.Registration) -> Registered:
    response = {
        "clientDataJSON": from_hex(example.client_data),
        "attestationObject": from_hex(example.attestation),
    }
    credential = a_credential(from_hex(example.credential_id), response)
    return W3C.registered(credential, challenge_of(credential))


def prove(example: w3c.Authentication, passkey: Passkey) -> Proof:
    response = {
        "clientDataJSON": from_hex(example.client_data),
        "authenticatorData": from_hex(example.data),
        "signature": from_hex(example.signature),
    }
    credential = a_credential(encoded(passkey.credential_id), response)
    return W3C.proved(credential, bytes.fromhex(example.challenge), passkey, verified=False)


def test_r76_es256_without_attestation() -> None:
    new = register(w3c.NONE_ES256)

    assert new.credential_id.hex() == w3c.NONE_ES256.credential_id
    assert (new.backup_eligible, new.backed_up) == (True, True)
    assert prove(w3c.NONE_ES256_PROOF, a_passkey(new)) == Proof(sign_count=0, backed_up=True)


def test_r76_es256_that_attests_itself() -> None:
    assert register(w3c.SELF_ES256).credential_id.hex() == w3c.SELF_ES256.credential_id


def test_r76_ed25519() -> None:
    new = register(w3c.ED25519)

    assert prove(w3c.ED25519_PROOF, a_passkey(new)) == Proof(sign_count=0, backed_up=False)


def test_r76_rs256() -> None:
    modulus = w3c.RS256_MODULUS
    key = {
        1: 3,
        3: -257,
        -1: modulus.to_bytes((modulus.bit_length() + 7) // 8),
        -2: w3c.RS256_EXPONENT.to_bytes(3),
    }
    passkey = a_passkey(Registered(b"an id", encode_cbor(key), 0, True, True, ()))

    assert prove(w3c.RS256_PROOF, passkey) == Proof(sign_count=0, backed_up=True)


def test_a_page_in_somebodys_frame_is_refused() -> None:
    """The W3C's example of such a registration, which is right in every other way."""
    with pytest.raises(CredentialRefused):
        register(w3c.IN_A_FRAME)


def test_whether_a_passkey_syncs_never_changes() -> None:
    new = register(w3c.NONE_ES256)
    bound = Registered(new.credential_id, new.public_key, 0, False, False, ())

    with pytest.raises(CredentialRefused):
        prove(w3c.NONE_ES256_PROOF, a_passkey(bound))


def test_r73_who_counts_must_count_on() -> None:
    for before, now, syncs, cloned in (
        (0, 0, False, False),  # it never counts
        (4, 5, False, False),
        (5, 5, False, True),
        (5, 4, False, True),
        (5, 0, False, True),
        (5, 4, True, False),  # its copies are meant to be
    ):
        passkey = a_passkey(Registered(b"an id", b"", before, syncs, syncs, ()))
        assert passkey.is_cloned(now) is cloned


def test_every_transport_that_the_library_knows_has_room_in_the_column() -> None:
    all_at_once = " ".join(each.value for each in AuthenticatorTransport)

    assert len(all_at_once) <= PasskeyRow.transports.type.length


def test_nothing_that_a_stranger_sends_surprises_us() -> None:
    """A thousand credentials with something wrong: each is refused, and by no other error."""
    chance = random.Random(7)
    device = Authenticator()
    made = device.create(
        {"rp": {"id": "localhost"}, "user": {"id": "AAAA"}, "challenge": encoded(b"c" * 32)}
    )
    new = HOME.registered(made, b"c" * 32)
    proof = device.get({"rpId": "localhost", "challenge": encoded(b"c" * 32)})

    for _ in range(500):
        bad = broken(made, chance)
        with refused_or_right():
            challenge_of(bad)
            HOME.registered(bad, b"c" * 32)
        bad = broken(proof, chance)
        with refused_or_right():
            claim_of(bad)
            HOME.proved(bad, b"c" * 32, a_passkey(new), verified=False)
    for text in ("", "[]", "null", "{", '{"a": 1e999}', "[" * 100_000, '"x"'):
        with refused_or_right():
            claim_of(read(text))


class refused_or_right:
    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is CredentialRefused


def broken(credential: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """With one byte of one part changed, or a part cut, or a part of another type."""
    bad = copy.deepcopy(credential)
    response = bad["response"]
    part = chance.choice([key for key in response if isinstance(response[key], str)])
    text = response[part]
    place = chance.randrange(len(text))
    match chance.randrange(4):
        case 0:
            response[part] = text[:place] + chance.choice("AQgw_-x0") + text[place + 1 :]
        case 1:
            response[part] = text[:place]
        case 2:
            response[part] = chance.choice([None, 1, [], {}, "", "é", "{}", "o2M" * 9])
        case _:
            bad.pop(chance.choice([*bad]))
    return bad


def a_passkey(new: Registered) -> Passkey:
    return Passkey(
        id=uuid7(),
        user_id=uuid7(),
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        backup_eligible=new.backup_eligible,
        backed_up=new.backed_up,
        transports=new.transports,
        name="A passkey",
        created_at=datetime(2030, 1, 1, tzinfo=UTC),
    )


def a_credential(name: str, response: dict[str, str]) -> dict[str, Any]:
    return {"id": name, "rawId": name, "type": "public-key", "response": response}


def from_hex(text: str) -> str:
    return encoded(bytes.fromhex(text))
