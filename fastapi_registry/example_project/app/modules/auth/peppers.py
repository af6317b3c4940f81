"""Peppers: keys that hashes of passwords are made with, and that the database does not hold (R14).

Whoever has the database alone cannot even begin to guess. Which pepper it was stands in the hash,
as the parameter `keyid` that Argon2's PHC strings have for it.
"""

import re
from dataclasses import dataclass

from app.core.crypto import derive_key, hmac_sha256, key_id

_NOTE = re.compile(r",keyid=(?P<id>[A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class Pepper:
    id: str
    key: bytes

    @classmethod
    def of(cls, secret: str) -> "Pepper":
        key = derive_key(secret, "auth: password pepper")
        return cls(key_id(key), key)

    def added_to(self, password: str) -> str:
        return hmac_sha256(self.key, password.encode()).hex()

    def noted_in(self, password_hash: str) -> str:
        """`$argon2id$v=19$m=…,t=…,p=…$salt$hash`, with the note behind the parameters."""
        parameters, salt, digest = password_hash.rsplit("$", 2)
        return f"{parameters},keyid={self.id}${salt}${digest}"


def pepper_id_of(password_hash: str) -> str | None:
    found = _NOTE.search(password_hash)
    return found["id"] if found else None


def without_note(password_hash: str) -> str:
    return _NOTE.sub("", password_hash, count=1)
