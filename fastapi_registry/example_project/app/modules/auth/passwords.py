"""Hashing passwords with Argon2id, and knowing older hashes.

To make hashing slower or faster, edit `_hashers`: hashes with other parameters keep fitting
and are replaced when their owner signs in next.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from app.core.errors import Busy
from app.modules.auth.password_rules import is_too_long, normalized

T = TypeVar("T")

_BCRYPT_BYTES = 72
_LONGEST_QUEUE = 200


class _OldBcryptHasher(BcryptHasher):
    """Hashes of an older system. bcrypt never looked beyond 72 bytes, so neither do we here."""

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        plain = password.encode() if isinstance(password, str) else password
        with suppress(ValueError):  # bcrypt refuses NUL bytes
            return super().verify(plain[:_BCRYPT_BYTES], hash)
        return False


# The first one makes new hashes: 19 MiB and two passes, as the OWASP cheat sheet asks.
_hashers = PasswordHash(
    (Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1), _OldBcryptHasher())
)


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Whether a password fits, and the better hash to store if its hash was of an older kind."""

    fits: bool
    new_hash: str | None = None


async def hash_password(password: str) -> str:
    plain = normalized(password)
    return await _in_a_thread(lambda: _hashers.hash(plain))


async def check_password(password: str, password_hash: str | None) -> PasswordCheck:
    """Takes as long when there is no hash: unknown e-mails must not answer sooner."""
    return await _in_a_thread(lambda: _check(password, password_hash))


def _check(password: str, password_hash: str | None) -> PasswordCheck:
    if password_hash is None or is_too_long(password):
        return _nobody()
    try:
        fits, new_hash = _hashers.verify_and_update(normalized(password), password_hash)
    except UnknownHashError:
        return _nobody()
    return PasswordCheck(fits, new_hash)


def _nobody() -> PasswordCheck:
    """The work of one real check, and the answer no."""
    _hashers.hash("nobody's password")
    return PasswordCheck(fits=False)


_threads: RunVar[CapacityLimiter] = RunVar("auth_password_threads")


async def _in_a_thread(work: Callable[[], T]) -> T:
    """Run it beside the event loop, on as many threads as there are cores.

    More threads would not hash faster; they would starve the loop and eat 19 MiB each.
    Raises `Busy` if too many wait already.
    """
    try:
        threads = _threads.get()
    except LookupError:
        threads = CapacityLimiter(os.cpu_count() or 1)
        _threads.set(threads)
    if threads.statistics().tasks_waiting >= _LONGEST_QUEUE:
        raise Busy
    return await to_thread.run_sync(work, limiter=threads)
