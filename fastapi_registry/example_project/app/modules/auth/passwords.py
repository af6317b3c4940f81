"""Hashing passwords with Argon2id, and knowing older hashes.

`PASSWORD_HASH_MEMORY_KIB` and `PASSWORD_HASH_PASSES` make it slower, `PASSWORD_PEPPERS` keep a part
of it elsewhere: other hashes keep fitting and are replaced when their owner signs in next.
"""

import os
from collections.abc import Callable, Sequence
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
from app.modules.auth.peppers import Pepper, pepper_id_of, without_note

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
    """Makes and checks hashes that cost `memory_kib` and so many `passes` over it.

    With `peppers` a hash is of no use to whoever has the database alone. The first makes new ones.
    """

    def __init__(
        self,
        *,
        memory_kib: int = LEAST_MEMORY_KIB,
        passes: int = LEAST_PASSES,
        peppers: Sequence[str] = (),
    ) -> None:
        argon2 = Argon2Hasher(memory_cost=memory_kib, time_cost=passes, parallelism=1)
        self._hashers = PasswordHash((argon2, _OldBcryptHasher()))  # the first makes new ones
        self._peppers = {pepper.id: pepper for pepper in map(Pepper.of, peppers)}
        self._newest = next(iter(self._peppers.values()), None)

    @classmethod
    @cache
    def costing(cls, memory_kib: int, passes: int, peppers: tuple[str, ...] = ()) -> "Hashing":
        """One for all requests."""
        return cls(memory_kib=memory_kib, passes=passes, peppers=peppers)

    async def hash(self, password: str) -> str:
        return await _in_a_thread(lambda: self._hash(password))

    async def check(self, password: str, password_hash: str | None) -> PasswordCheck:
        """Takes as long when there is no hash: unknown e-mails must not answer sooner."""
        return await _in_a_thread(lambda: self._check(password, password_hash))

    def _check(self, password: str, password_hash: str | None) -> PasswordCheck:
        if password_hash is None or is_too_long(password):
            return self._nobody()
        pepper_id = pepper_id_of(password_hash)
        if pepper_id is not None and pepper_id not in self._peppers:
            return self._nobody()  # nothing can fit a pepper that is not in the settings any more
        pepper = self._peppers.get(pepper_id or "")
        try:
            fits, better = self._hashers.verify_and_update(
                _seasoned(password, pepper), without_note(password_hash)
            )
        except UnknownHashError:
            return self._nobody()
        is_outdated = better is not None or pepper != self._newest
        return PasswordCheck(fits, self._hash(password) if fits and is_outdated else None)

    def _hash(self, password: str) -> str:
        made = self._hashers.hash(_seasoned(password, self._newest))
        return self._newest.noted_in(made) if self._newest else made

    def _nobody(self) -> PasswordCheck:
        """The work of one real check, and the answer no."""
        self._hashers.hash("nobody's password")
        return PasswordCheck(fits=False)


def _seasoned(password: str, pepper: Pepper | None) -> str:
    plain = normalized(password)
    return pepper.added_to(plain) if pepper else plain


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
