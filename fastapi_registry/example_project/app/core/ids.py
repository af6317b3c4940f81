"""Ids that sort by the time they were made (RFC 9562, version 7)."""

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """48 bits of Unix milliseconds, then 74 bits of chance.

    New rows land at the end of their index, and 74 bits are not guessed: but an id
    tells when it was made, so it is a name, never a secret.
    """
    milliseconds = time.time_ns() // 1_000_000
    chance = secrets.randbits(74)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76  # the version
    value |= (chance >> 62) << 64
    value |= 0b10 << 62  # the variant
    value |= chance & (1 << 62) - 1
    return UUID(int=value)
