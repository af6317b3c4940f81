"""What auth knows about people and their sessions, and the rules about it. No I/O here."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from app.modules.auth.addresses import EmailAddress

UserId: TypeAlias = UUID
SessionId: TypeAlias = UUID

IMPERSONATE: Final = "users:impersonate"
"""The permission without which nobody acts for somebody else, asked for on every request."""

TWO_FACTORS = "mfa"
"""The method (RFC 8176) of a session whose owner proved more than one thing."""

MOST_FAILED_LOGINS = 100
"""Consecutive wrong passwords after which only a reset helps (NIST SP 800-63B-4, RATE-02)."""


def folded(text: str) -> str:
    """How a name is compared in a search. Databases fold case, each in its own way."""
    return unicodedata.normalize("NFC", text).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with an account."""

    id: UserId
    email: str
    """As the person wrote it: mail goes here."""
    email_key: str
    """What makes it unique: see `EmailAddress.key`."""
    name: str
    password_hash: str | None
    """None while no password is set: then no password fits."""
    is_active: bool = True
    is_admin: bool = False
    email_verified_at: datetime | None = None
    failed_logins: int = 0
    """Wrong passwords since the last login."""
    last_login_at: datetime | None = None
    deletion_due_at: datetime | None = None
    created_at: datetime

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def has_usable_password(self) -> bool:
        """Whether a password may be tried at all.

        Guessing ends after a hundred failures in a row; a reset by mail starts anew.
        """
        return self.password_hash is not None and self.failed_logins < MOST_FAILED_LOGINS

    @property
    def may_sign_in(self) -> bool:
        return self.is_active and self.deletion_due_at is None

    def with_email(self, address: EmailAddress) -> "User":
        return replace(self, email=address.address, email_key=address.key)

    def with_verified_email(self, now: datetime) -> "User":
        """Keeps the first moment of proof."""
        return replace(self, email_verified_at=self.email_verified_at or now)

    def with_new_password(self, password_hash: str | None) -> "User":
        """A new password, or none, also forgets the failures with the old one."""
        return replace(self, password_hash=password_hash, failed_logins=0)

    def after_login(self, now: datetime) -> "User":
        return replace(self, failed_logins=0, last_login_at=now)


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request came from, as far as it tells."""

    ip: str
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long things last. The first ones are settings, the last ones are rules."""

    access_token: timedelta
    session_idle: timedelta
    session_absolute: timedelta
    step_up: timedelta
    password_reset: timedelta
    email_link: timedelta
    deletion_grace: timedelta
    invitation: timedelta = timedelta(days=7)
    impersonation: timedelta = timedelta(minutes=30)
    email_undo: timedelta = timedelta(days=7)
    refresh_grace: timedelta = timedelta(seconds=10)
    """A client whose connection broke may ask again with the token before this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in device. It lives until it is revoked, idle for too long, or too old."""

    id: SessionId
    user_id: UserId
    created_at: datetime
    authenticated_at: datetime
    """When a password or a factor was last proved. A refresh never moves it."""
    methods: tuple[str, ...]
    """How (RFC 8176): "pwd", "otp", …"""
    counter: int = 0
    """The number of the one refresh token that is good."""
    refreshed_at: datetime
    """When that token was made."""
    expires_at: datetime
    """The absolute end. No refresh moves it."""
    revoked_at: datetime | None = None
    ip: str = ""
    user_agent: str = ""
    impersonator_id: UserId | None = None
    """Who acts for the user in it. None in the user's own sessions."""
    impersonator_session_id: SessionId | None = None
    """Their own session: this one is over as soon as that is."""

    @property
    def is_proved_twice(self) -> bool:
        return TWO_FACTORS in self.methods

    def is_open(self, now: datetime, *, idle: timedelta) -> bool:
        return self.revoked_at is None and now < min(self.expires_at, self.refreshed_at + idle)

    def is_fresh(self, now: datetime, *, within: timedelta) -> bool:
        """Whether its owner proved who they are recently enough for something sensitive."""
        return now - self.authenticated_at <= within

    def judge(self, counter: int, now: datetime, *, grace: timedelta) -> "RefreshVerdict":
        """What a refresh token with this number means to this session."""
        if counter == self.counter:
            return RefreshVerdict.ROTATE
        if counter == self.counter - 1 and now - self.refreshed_at <= grace:
            return RefreshVerdict.REPEAT
        return RefreshVerdict.REUSED


class RefreshVerdict(StrEnum):
    ROTATE = "rotate"
    """The newest token: answer with its successor."""
    REPEAT = "repeat"
    """The one before, moments ago: the answer was lost, or two tabs asked at once."""
    REUSED = "reused"
    """An old one: two parties hold this session, and one of them is a thief."""


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """A user in one of their sessions."""

    user: User
    session: Session


class Purpose(StrEnum):
    """What a one-time token is for. It is good for nothing else."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a purpose, no secret
    SECOND_STEP = "second_step"
    MAGIC_LINK = "magic_link"
    APPROVE_EMAIL_CHANGE = "approve_email_change"
    CHANGE_EMAIL = "change_email"
    UNDO_EMAIL_CHANGE = "undo_email_change"
    RESTORE_ACCOUNT = "restore_account"
    INVITATION = "invitation"

    @property
    def is_voided_by_the_next(self) -> bool:
        """Not the way back to an address: a thief who moves on would close it behind them."""
        return self is not Purpose.UNDO_EMAIL_CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeToken:
    """What is stored of a token that was mailed. The token itself is known to its reader alone."""

    token_hash: bytes
    """SHA-256: what has 256 random bits needs no slow hash."""
    purpose: Purpose
    user_id: UserId
    email: str
    """The address that it was sent to, so that it is void once the address is not the user's."""
    methods: tuple[str, ...] = ()
    """What was proved before a second step."""
    created_at: datetime
    expires_at: datetime
    attempts: int = 0
    used_at: datetime | None = None
