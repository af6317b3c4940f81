"""The keys that sign access tokens, and what the world may know of them.

All are derived from secrets, so there is one thing to keep and to rotate, whatever the algorithm.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import get_algorithm_by_name
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from app.core.crypto import derive_key, key_id

Algorithm: TypeAlias = Literal["HS256", "HS384", "HS512", "ES256", "EdDSA"]
Jwk: TypeAlias = Mapping[str, str]

_ORDER_OF_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_PUBLIC_MEMBERS: Final = ("kty", "crv", "x", "y")


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """One key. With an asymmetric algorithm others can check tokens, and never make one."""

    id: str
    algorithm: Algorithm
    private: Any
    public: Any
    jwk: Jwk | None
    """What is published; nothing of a key that signs and checks alike."""

    @property
    def header(self) -> Mapping[str, str]:
        # "at+jwt", so that a JWT made for anything else is never taken for an access token.
        return {"alg": self.algorithm, "kid": self.id, "typ": "at+jwt"}

    def has_signed(self, content: bytes, signature: bytes) -> bool:
        # The algorithm is the key's, never read from the token (RFC 8725, 3.1).
        return get_algorithm_by_name(self.algorithm).verify(content, self.public, signature)


@cache
def key_for(secret: str, purpose: str) -> bytes:
    """Each kind of token has a key of its own, so that one never passes for another.

    64 bytes, since HS512 wants as many (RFC 7518, section 3.2).
    """
    return derive_key(secret, f"auth: {purpose}, 1") + derive_key(secret, f"auth: {purpose}, 2")


@cache
def signing_key(secret: str, algorithm: Algorithm) -> SigningKey:
    """Always the same for one secret, on every worker and machine."""
    if algorithm == "ES256":
        # 48 bytes for a number of 32, so that all are equally likely (FIPS 186-5, A.2.1).
        chance = int.from_bytes(key_for(secret, "access tokens, ES256")[:48])
        private = derive_private_key(chance % (_ORDER_OF_P256 - 1) + 1, SECP256R1())
        jwk = ECAlgorithm.to_jwk(private.public_key())
        return _published(algorithm, private, private.public_key(), jwk)
    if algorithm == "EdDSA":
        seed = key_for(secret, "access tokens, Ed25519")[:32]
        edwards = Ed25519PrivateKey.from_private_bytes(seed)
        jwk = OKPAlgorithm.to_jwk(edwards.public_key())
        return _published(algorithm, edwards, edwards.public_key(), jwk)
    key = key_for(secret, "access tokens")
    return SigningKey(key_id(key), algorithm, key, key, None)


def _published(algorithm: Algorithm, private: Any, public: Any, jwk: str) -> SigningKey:
    described = json.loads(jwk)
    members = {name: described[name] for name in _PUBLIC_MEMBERS if name in described}
    name = key_id(json.dumps(members, sort_keys=True).encode())
    entry = {**members, "use": "sig", "alg": algorithm, "kid": name}
    return SigningKey(name, algorithm, private, public, entry)
