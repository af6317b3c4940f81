"""What auth asks of others: its storage, its surroundings, and blocks that extend it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.clients.email import Mail
from app.core.blocks import ExtensionPoint
from app.core.errors import BlockError
from app.modules.auth.models import (
    Device,
    OneTimeToken,
    Purpose,
    Session,
    SessionId,
    SignedInUser,
    User,
    UserId,
)


class UserRepositoryInterface(ABC):
    """Where users are kept.

    `UserRepository` keeps them in the database, `UserStore` in memory. Both pass one suite,
    `tests/test_repositories.py`; a third of your own should pass it too.
    """

    @abstractmethod
    async def add(self, user: User) -> None:
        """Raises `EmailTaken`, also when two are added at the same moment."""

    @abstractmethod
    async def by_id(self, user_id: UserId) -> User | None:
        """None if there is no such user."""

    @abstractmethod
    async def by_email_key(self, key: str) -> User | None:
        """The user whose `email_key` this is (`EmailAddress.key`)."""

    @abstractmethod
    async def save(self, user: User, *, instead_of: User) -> None:
        """Write what differs between the two, and nothing else.

        So two requests that change different things do not undo each other.
        Raises `EmailTaken`.
        """

    @abstractmethod
    async def replace_password(self, user_id: UserId, *, old_hash: str, new_hash: str) -> bool:
        """False if `old_hash` is not the user's any more.

        A slow upgrade must not bring back a password that was reset in the meantime.
        """

    @abstractmethod
    async def count_failed_login(self, key: str) -> None:
        """One more for the user with this `email_key`; nothing if there is none.

        Counted in one statement, so that parallel guesses all count.
        """

    @abstractmethod
    async def admit(self, user: User, now: datetime) -> bool:
        """Note that they sign in. False if they may not any more, or the password is another one.

        Asked in the statement that notes it: while a password is hashed it can be reset, and the
        account deactivated, and a login that began before must not outlive that.
        """

    @abstractmethod
    async def delete_unproved(self, key: str, *, though_used: bool = False) -> None:
        """Delete the user with this `email_key` who neither proved it nor ever signed in.

        Or, with `though_used`, who never proved it.
        """

    @abstractmethod
    async def lock_admins(self) -> frozenset[UserId]:
        """The admins who may sign in. Until the unit of work ends, nobody else takes one away."""

    @abstractmethod
    async def delete(self, user_id: UserId) -> None:
        """At once, with all they own."""

    @abstractmethod
    async def delete_due(self, now: datetime) -> int:
        """Delete the accounts whose grace period is over, with all they own. How many."""


class SessionRepositoryInterface(ABC):
    """Where sessions are kept."""

    @abstractmethod
    async def add(self, session: Session) -> None: ...

    @abstractmethod
    async def with_user(self, session_id: SessionId) -> SignedInUser | None:
        """The session and its user by one query: this is on the path of every request."""

    @abstractmethod
    async def open_sessions(
        self, user_id: UserId, now: datetime, *, idle: timedelta, skip: int = 0
    ) -> Sequence[Session]:
        """Those that `Session.is_open` says are; the newest first, after `skip` of them."""

    @abstractmethod
    async def is_new_device(self, user_id: UserId, device: Device) -> bool:
        """Whether the user signed in before, but never so: from this address, by this program.

        Where somebody else acted for them does not count.
        """

    @abstractmethod
    async def rotate(self, session_id: SessionId, *, counter: int, now: datetime) -> bool:
        """Count on from `counter`. False if somebody else did, or the session is revoked."""

    @abstractmethod
    async def renew(
        self,
        session_id: SessionId,
        *,
        methods: tuple[str, ...],
        authenticated_at: datetime,
        now: datetime,
    ) -> int:
        """Its owner proved again who they are: count on. The new counter.

        Raises `InvalidToken` if the session was revoked.
        """

    @abstractmethod
    async def revoke(self, session_id: SessionId, now: datetime) -> bool:
        """False if it was revoked before."""

    @abstractmethod
    async def revoke_all(
        self, user_id: UserId, now: datetime, *, keep: SessionId | None = None
    ) -> Sequence[SessionId]:
        """Those that were open until now."""

    @abstractmethod
    async def delete_ended(self, before: datetime) -> int:
        """Forget the sessions that ended before. How many."""


class OneTimeTokenRepositoryInterface(ABC):
    """Where the hashes of mailed tokens are kept."""

    @abstractmethod
    async def put(self, token: OneTimeToken) -> None:
        """Store it. From now on the user's older ones for the same purpose are void, where the
        purpose `is_voided_by_the_next`."""

    @abstractmethod
    async def find(self, token_hash: bytes, purpose: Purpose, now: datetime) -> OneTimeToken | None:
        """Look without using it up. None if it is used, expired or for something else."""

    @abstractmethod
    async def use(self, token_hash: bytes, purpose: Purpose, now: datetime) -> OneTimeToken | None:
        """Use it up. Of many who try at once exactly one gets it; the others get None."""

    @abstractmethod
    async def count_attempt(self, token_hash: bytes, *, limit: int) -> bool:
        """One more try at what the token asks. False if `limit` were made already."""

    @abstractmethod
    async def void(
        self, user_id: UserId, *purposes: Purpose, made_after: datetime | None = None
    ) -> None:
        """The user's tokens for these purposes are worth nothing from now on, or the later ones."""

    @abstractmethod
    async def delete_expired(self, before: datetime) -> int:
        """Forget the tokens that expired before. How many."""


class Surroundings(Protocol):
    """What a use case needs of the world. `UnitOfWork` is one; tests have a small one."""

    def now(self) -> datetime:
        """Aware, UTC."""

    async def publish(self, event: object) -> None:
        """Tell the listeners, in this transaction."""

    async def send(self, mail: Mail) -> None:
        """Post a mail with this transaction: it goes out if, and only if, that is committed."""

    async def send_to_nobody(self) -> None:
        """Take as long as `send`: the time of an answer must not tell whether a mail went out."""


class SecondFactor(Protocol):
    """A further question that a user must answer after the first proof.

    Auth asks every factor that is provided at `SECOND_FACTORS`, so it works the same with none,
    one or many.
    """

    name: str
    """As in the API: "totp", "webauthn", "backup_code"."""
    method: str
    """What a right answer proves (RFC 8176): "otp", "pop", …"""

    @property
    def patience(self) -> timedelta:
        """How long its question waits for an answer, ten minutes at most."""

    def recognises(self, answer: str) -> bool:
        """Whether `answer` has the form of one to this factor.

        For answers that do not say what they answer, as the `otp` of `POST /auth/token`: each is
        tried at one factor alone, since trying costs.
        """

    async def is_enrolled(self, user_id: UserId) -> bool: ...

    async def check(self, user_id: UserId, answer: str) -> None:
        """Raises `WrongAnswer` unless `answer` is right and was never used before."""

    async def reset(self, user_id: UserId) -> bool:
        """Forget what the user set up, for whoever lost it. False if there was nothing."""


SECOND_FACTORS = ExtensionPoint[SecondFactor]("auth.second_factors")


class DeviceTrust(Protocol):
    """Knows the devices on which a user need not answer a second factor again."""

    async def trusts(self, user_id: UserId, token: str) -> bool:
        """`token` is what the device shows in the cookie `TRUSTED_DEVICE`; never empty."""


DEVICE_TRUST = ExtensionPoint[DeviceTrust]("auth.device_trust")


@dataclass(frozen=True, slots=True)
class Grants:
    """What somebody may do, and by which roles."""

    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()

    def within(self, others: "Grants") -> "Grants":
        """What `others` may do as well."""
        return Grants(self.roles, self.permissions & others.permissions)


class PermissionSource(Protocol):
    """Knows what users may do. Asked on every request, so that a removal bites at once."""

    async def grants(self, user_id: UserId) -> Grants: ...


PERMISSIONS = ExtensionPoint[PermissionSource]("auth.permissions")


class Duty(Protocol):
    """Something that a user must do before anything else, such as setting up a second factor."""

    async def owed_by(self, caller: SignedInUser, grants: Grants) -> BlockError | None:
        """What to say to whoever has not done it yet. Asked on every request."""


DUTIES = ExtensionPoint[Duty]("auth.duties")


class HumanAction(StrEnum):
    """What programs must not do in numbers. Whoever provides core's `HUMAN_CHECKS` sees to it."""

    REGISTER = "register"
    LOGIN = "login"
    FORGOT_PASSWORD = "forgot_password"  # noqa: S105 - the name of an action, no secret
    VERIFY_EMAIL = "verify_email"
    MAGIC_LINK = "magic_link"


class Limit(StrEnum):
    """What is counted. Each has a setting, `AUTH_<NAME>_RATE_LIMIT`."""

    REGISTER = "register"
    LOGIN = "login"
    REFRESH = "refresh"
    PASSWORD_CHANGE = "password_change"  # noqa: S105 - the name of a limit, no secret
    MAIL = "mail"


class Throttle(Protocol):
    """Slows down guessing, and flooding people with mail."""

    async def hit(self, limit: Limit, key: str) -> None:
        """Count one for `key` (a normalised address or an id) and one for the client.

        Raises `TooManyRequests` when either did it too often.
        """

    async def mail(self, address: str, kind: str) -> None:
        """Count a mail of this kind to `address` (its key), and one for the client.

        Raises `TooManyRequests`. Each kind is counted apart: whoever asks for many of one, in the
        name of somebody else, leaves them a mail of it that is good, and all other kinds.
        """

    async def try_password(self, account: str) -> None:
        """Count a try at the password of `account`, whether or not there is such a one.

        Raises `TooManyRequests`. The wait grows with each try in a row.
        """

    async def failures(self, account: str) -> int:
        """How often this client, or anybody at this account, had a wrong password lately."""

    async def count_failure(self, account: str) -> None:
        """One more. The same whether or not there is such an account."""

    async def forgive(self, account: str) -> None:
        """The password was right: the next wrong one is the first again."""
