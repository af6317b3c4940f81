"""What auth tells the other blocks, in the transaction in which it happened."""

from dataclasses import dataclass
from typing import ClassVar

from app.modules.auth.models import Device, SessionId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent:
    """Something about an account that its owner may want to know.

    Listen to this class for all of them, or to one below.
    """

    kind: ClassVar[str]
    """Its name in the list of the owner's security events."""

    user_id: UserId
    session_id: SessionId | None = None
    device: Device | None = None


class UserRegistered(SecurityEvent):
    """There is a new account. Its address may not be proved yet."""

    kind = "registered"


class EmailVerified(SecurityEvent):
    """The owner proved that the address is theirs."""

    kind = "email_verified"


class AccountClaimed(SecurityEvent):
    """An address was proved on an account that anybody might have made in its name.

    Whatever was attached to the account before (factors, linked accounts, keys) may belong to
    somebody else: blocks that keep such things remove them now.
    """

    kind = "account_claimed"


class UserSignedIn(SecurityEvent):
    """A new session was opened."""

    kind = "signed_in"


class SignInFailed(SecurityEvent):
    """A wrong password, or a login that is not allowed."""

    kind = "sign_in_failed"


class RefreshTokenReused(SecurityEvent):
    """An old refresh token came back, so the session was ended."""

    kind = "token_reuse"


class SessionRevoked(SecurityEvent):
    """A session was ended by its owner, or by something that ends sessions."""

    kind = "session_revoked"


class Reauthenticated(SecurityEvent):
    """The owner proved again who they are."""

    kind = "reauthenticated"


class PasswordChanged(SecurityEvent):
    """By the owner, who knew the old one."""

    kind = "password_changed"


class PasswordReset(SecurityEvent):
    """By whoever reads the owner's mail."""

    kind = "password_reset"


class EmailChangeRequested(SecurityEvent):
    """A link went to the new address; the old one still counts."""

    kind = "email_change_requested"


class EmailChanged(SecurityEvent):
    """The new address was proved and is the account's now."""

    kind = "email_changed"


class EmailChangeUndone(SecurityEvent):
    """The reader of the old address took the change back."""

    kind = "email_change_undone"


class DeletionScheduled(SecurityEvent):
    """The account can be restored until its grace period ends."""

    kind = "deletion_scheduled"


class AccountRestored(SecurityEvent):
    """The owner changed their mind in time."""

    kind = "account_restored"
