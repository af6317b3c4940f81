"""Ids that sort by the time they were made (RFC 9562, version 7)."""

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """48 bits of Unix milliseconds, 12 of their fraction (section 6.2, method 3), 62 of chance.

    New rows land at the end of their index, those of one transaction in their order, and 62 bits
    are not guessed: but an id tells when it was made, so it is a name, never a secret.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76  # the version
    value |= (nanoseconds << 12) // 1_000_000 << 64
    value |= 0b10 << 62  # the variant
    value |= secrets.randbits(62)
    return UUID(int=value)
