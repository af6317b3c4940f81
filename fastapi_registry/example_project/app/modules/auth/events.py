"""What auth tells the other blocks, in the transaction in which it happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.core.audit_trail import AuditableEvent
from app.modules.auth.models import Device, SessionId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent(AuditableEvent):
    """Something about an account that its owner may want to know.

    Its `kind` is its name in the owner's list too. Listen to this class for all of them, or to
    one below.
    """

    by_owner: ClassVar[bool] = False
    """Whether it happens only to who has just proved to be the owner, by password or by mail."""

    user_id: UserId
    session_id: SessionId | None = None
    device: Device | None = None

    @property
    def subject_id(self) -> UserId:
        return self.user_id

    @property
    def actor_id(self) -> UserId | None:
        return self.user_id if self.by_owner else None

    @property
    def details(self) -> Mapping[str, str]:
        return {"session_id": str(self.session_id)} if self.session_id else {}


class UserRegistered(SecurityEvent):
    """There is a new account. Its address may not be proved yet."""

    kind = "registered"


class EmailVerified(SecurityEvent):
    """The owner proved that the address is theirs."""

    kind = "email_verified"
    by_owner = True


class AccountClaimed(SecurityEvent):
    """An address was proved on an account that anybody might have made in its name.

    Whatever was attached to the account before (factors, linked accounts, keys) may belong to
    somebody else: blocks that keep such things remove them now.
    """

    kind = "account_claimed"


class UserSignedIn(SecurityEvent):
    """A new session was opened."""

    kind = "signed_in"
    by_owner = True


class SignInFailed(SecurityEvent):
    """A wrong password, or a login that is not allowed."""

    kind = "sign_in_failed"
    outcome = "failure"


class SignInOfNobody(AuditableEvent):
    """A login with an address that has no account.

    The address is not kept: people type their passwords there.
    """

    kind = "sign_in_failed"
    outcome = "failure"


class RefreshTokenReused(SecurityEvent):
    """An old refresh token came back, so the session was ended."""

    kind = "token_reuse"
    outcome = "failure"


class SessionRevoked(SecurityEvent):
    """A session was ended by its owner, or by something that ends sessions."""

    kind = "session_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAnImpersonator(SecurityEvent):
    impersonator_id: UserId

    @property
    def actor_id(self) -> UserId:
        return self.impersonator_id

    @property
    def details(self) -> Mapping[str, str]:
        return {
            "impersonator_id": str(self.impersonator_id),
            "session_id": str(self.session_id),
        }


class ImpersonationStarted(_OfAnImpersonator):
    """Somebody acts for the user from now on, in a session of its own."""

    kind = "impersonation_started"


class ImpersonationEnded(_OfAnImpersonator):
    """That session was ended before its time was over."""

    kind = "impersonation_ended"


class Reauthenticated(SecurityEvent):
    """The owner proved again who they are."""

    kind = "reauthenticated"


class PasswordChanged(SecurityEvent):
    """By the owner, who knew the old one."""

    kind = "password_changed"


class PasswordReset(SecurityEvent):
    """By whoever reads the owner's mail."""

    kind = "password_reset"
    by_owner = True


class EmailChangeRequested(SecurityEvent):
    """Somebody who is signed in wants another address; the old one still counts."""

    kind = "email_change_requested"


class EmailChanged(SecurityEvent):
    """The new address was proved and is the account's now."""

    kind = "email_changed"
    by_owner = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChangeUndone(SecurityEvent):
    """The reader of the old address took the change back.

    Whoever made the change may have attached things of their own to the account since then, to
    come back by: blocks that keep such things (factors, linked accounts, keys) remove them now.
    """

    kind = "email_change_undone"

    since: datetime
    """When the address was changed."""


class DeletionScheduled(SecurityEvent):
    """The account can be restored until its grace period ends."""

    kind = "deletion_scheduled"


class AccountRestored(SecurityEvent):
    """The owner changed their mind in time."""

    kind = "account_restored"
    by_owner = True
