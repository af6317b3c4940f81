"""Codes on paper, for whoever lost the phone.

Each has 120 random bits. That is more to type than eight digits, once in years; in return a hash
needs no salt and no Argon2 (NIST SP 800-63B-4, 3.1.2.2: from 112 bits on), so a code is found by
one indexed statement, and nobody can make the server hash for them.
"""

import secrets
from typing import Final

from app.core.crypto import hash_token
from app.modules.auth import UserId

# Without i, l, o and u: the first three are misread, the last makes words (Crockford's base32).
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_MISREAD: Final = str.maketrans("ilo", "110")
_LENGTH: Final = 24  # characters of five bits
_GROUP: Final = 4


def new_code() -> str:
    """As it is shown: `9x2k-…`, six groups of four."""
    plain = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(plain[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def looks_like_a_code(typed: str) -> bool:
    return len(_plain(typed)) == _LENGTH and set(_plain(typed)) <= set(_ALPHABET)


def hashed(user_id: UserId, typed: str) -> bytes:
    """What is stored: of this user's code, and of no other's."""
    return hash_token(f"backup code of {user_id}: {_plain(typed)}")


def _plain(typed: str) -> str:
    """Dashes, spaces and capitals make no difference."""
    letters = "".join(character for character in typed.lower() if character.isalnum())
    return letters.translate(_MISREAD)
