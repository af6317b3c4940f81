"""Hashing passwords with Argon2id, and knowing older hashes.

`PASSWORD_HASH_MEMORY_KIB` and `PASSWORD_HASH_PASSES` make it slower: hashes with other parameters
keep fitting and are replaced when their owner signs in next.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from app.core.errors import Busy
from app.modules.auth.password_rules import is_too_long, normalized

T = TypeVar("T")

LEAST_MEMORY_KIB: Final = 19_456
LEAST_PASSES: Final = 2
"""What the OWASP cheat sheet on storing passwords asks of Argon2id: 19 MiB, and two passes."""

_BCRYPT_BYTES = 72
_LONGEST_QUEUE = 200


class _OldBcryptHasher(BcryptHasher):
    """Hashes of an older system. bcrypt never looked beyond 72 bytes, so neither do we here."""

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        plain = password.encode() if isinstance(password, str) else password
        with suppress(ValueError):  # bcrypt refuses NUL bytes
            return super().verify(plain[:_BCRYPT_BYTES], hash)
        return False


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Whether a password fits, and the better hash to store if its hash was of an older kind."""

    fits: bool
    new_hash: str | None = None


class Hashing:
    """Makes and checks hashes that cost `memory_kib` and so many `passes` over it."""

    def __init__(self, *, memory_kib: int = LEAST_MEMORY_KIB, passes: int = LEAST_PASSES) -> None:
        argon2 = Argon2Hasher(memory_cost=memory_kib, time_cost=passes, parallelism=1)
        self._hashers = PasswordHash((argon2, _OldBcryptHasher()))  # the first makes new ones

    @classmethod
    @cache
    def costing(cls, memory_kib: int, passes: int) -> "Hashing":
        """One for all requests."""
        return cls(memory_kib=memory_kib, passes=passes)

    async def hash(self, password: str) -> str:
        plain = normalized(password)
        return await _in_a_thread(lambda: self._hashers.hash(plain))

    async def check(self, password: str, password_hash: str | None) -> PasswordCheck:
        """Takes as long when there is no hash: unknown e-mails must not answer sooner."""
        return await _in_a_thread(lambda: self._check(password, password_hash))

    def _check(self, password: str, password_hash: str | None) -> PasswordCheck:
        if password_hash is None or is_too_long(password):
            return self._nobody()
        try:
            fits, new_hash = self._hashers.verify_and_update(normalized(password), password_hash)
        except UnknownHashError:
            return self._nobody()
        return PasswordCheck(fits, new_hash)

    def _nobody(self) -> PasswordCheck:
        """The work of one real check, and the answer no."""
        self._hashers.hash("nobody's password")
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
