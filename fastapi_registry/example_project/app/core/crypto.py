"""Keys, tokens and seals. Every secret of the app is derived here from one root secret."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12  # what AES-GCM wants (NIST SP 800-38D)
_KEY_ID_CHARACTERS = 8


class BrokenSeal(Exception):
    """What was sealed was changed, or was sealed with another key or for another context."""


def derive_key(secret: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA256, RFC 5869).

    Two purposes never share a key, so a token signed for one cannot pass for another.
    """
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(
        secret.encode()
    )


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def same(left: bytes | str, right: bytes | str) -> bool:
    """Equality that takes as long for a near miss as for a far one."""
    return hmac.compare_digest(_bytes(left), _bytes(right))


def new_token(bits: int = 256) -> str:
    """URL-safe text with that many bits of chance."""
    return secrets.token_urlsafe((bits + 7) // 8)


def hash_token(token: str) -> bytes:
    """What the database keeps of a random token: a dump of it opens nothing.

    Plain SHA-256 is enough for chance of 128 bits and more. A password is not chance:
    it needs Argon2.
    """
    return sha256(token.encode()).digest()


def key_id(key: bytes) -> str:
    """A public name of a key, to tell old from new when keys rotate. Says nothing of the key."""
    digest = hmac_sha256(key, b"key id")
    return urlsafe_b64encode(digest[:6]).decode()


def seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    """Encrypt (AES-256-GCM). `context` is not hidden, but must be the same to open it again."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Raises `BrokenSeal`."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise BrokenSeal from error


@dataclass(frozen=True)
class Seals:
    """Seals with the newest key, and opens what the others have sealed (R55).

    Before each seal stands the id of its key, so that rotating the secret loses nothing that waits.
    """

    keys: Sequence[bytes]

    @classmethod
    def of(cls, secrets: Sequence[str], purpose: str) -> Self:
        """The newest secret first."""
        return cls([derive_key(secret, purpose) for secret in secrets])

    @property
    def beginning(self) -> bytes:
        """What a seal of the newest key begins with."""
        return key_id(self.keys[0]).encode()

    def is_old(self, sealed: bytes) -> bool:
        """Whether another key sealed it, which cannot go before it is sealed anew."""
        return not sealed.startswith(self.beginning)

    def seal(self, plain: bytes, context: bytes) -> bytes:
        return self.beginning + seal(self.keys[0], plain, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Raises `BrokenSeal`, also if its key is none of these."""
        name, closed = sealed[:_KEY_ID_CHARACTERS], sealed[_KEY_ID_CHARACTERS:]
        for key in self.keys:
            if key_id(key).encode() == name:
                return unseal(key, closed, context)
        raise BrokenSeal


def _bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value
