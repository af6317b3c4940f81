"""Which passwords are accepted (NIST SP 800-63B-4).

Length counts, and that nobody else would guess it. Rules like "one digit, one capital" are
missing on purpose: they make passwords worse, and people angry.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from app.modules.auth.exceptions import WeakPassword

MOST_CHARACTERS = 256
MOST_BYTES = 1024
_SHORTEST_WORD = 3
_LEAST_BESIDE_A_WORD = 4


def normalized(password: str) -> str:
    """One spelling (NFC) for what looks the same: a phone may type ü as u + two dots.

    Nothing else is changed: no trimming and no case folding, since every character counts.
    """
    return unicodedata.normalize("NFC", password)


def is_too_long(password: str) -> bool:
    """Looked at before hashing, so that a megabyte of password costs nothing."""
    return len(password) > MOST_BYTES or len(password.encode()) > MOST_BYTES


def check(password: str, *, minimum: int, about: Iterable[str]) -> None:
    """Refuse what an attacker tries first. `about`: words that belong to this user or app.

    Raises `WeakPassword` with the reason.
    """
    if is_too_long(password) or len(normalized(password)) > MOST_CHARACTERS:
        raise WeakPassword(f"A password has at most {MOST_CHARACTERS} characters.")
    plain = normalized(password)
    if len(plain) < minimum:
        raise WeakPassword(f"A password has at least {minimum} characters.")
    if plain.casefold() in _common_passwords():
        raise WeakPassword("This password is on the lists that attackers try first.")
    if len(set(plain)) < _LEAST_BESIDE_A_WORD:
        raise WeakPassword("This password repeats too few different characters.")
    if any(_is_little_more_than(word, plain) for word in about):
        raise WeakPassword("This password is too close to your name, e-mail or this app's name.")


def _is_little_more_than(word: str, password: str) -> bool:
    known, tried = _letters_and_digits(word), _letters_and_digits(password)
    if len(known) < _SHORTEST_WORD:
        return False
    return known in tried and len(tried.replace(known, "")) < _LEAST_BESIDE_A_WORD


def _letters_and_digits(text: str) -> str:
    return "".join(filter(str.isalnum, normalized(text).casefold()))


@cache
def _common_passwords() -> frozenset[str]:
    """See the head of the file for where they come from."""
    text = files(__package__).joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))
