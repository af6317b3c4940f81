"""What happens to accounts at the hands of others. All of it is for the owner to see, too.

Who did it is who is calling: `work.caller`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.audit_trail import AuditableEvent
from app.modules.auth import SecurityEvent, UserRegistered


class UserCreated(UserRegistered):
    """Somebody else made an account. It may not have a password yet."""

    kind = "created"


class UserInvited(SecurityEvent):
    """A link to choose the first password is in the mail."""

    kind = "invited"


class InvitationAccepted(SecurityEvent):
    """The reader of the invitation chose a password, and so proved the address."""

    kind = "invitation_accepted"
    by_owner = True


class UserChanged(SecurityEvent):
    """Somebody else changed the name."""

    kind = "user_changed"


class UserActivated(SecurityEvent):
    """The account may sign in again. What was ended stays ended."""

    kind = "activated"


class UserDeactivated(SecurityEvent):
    """The account may not sign in, and is signed out everywhere.

    A block that keeps ways to act for a user (keys, subscriptions) stops them now.
    """

    kind = "deactivated"


class UserUnlocked(SecurityEvent):
    """The wrong passwords until now are forgotten."""

    kind = "unlocked"


class PasswordResetSent(SecurityEvent):
    """Somebody else had a link to a new password mailed to the owner."""

    kind = "password_reset_sent"


class SecondFactorsReset(SecurityEvent):
    """Somebody else removed the second factors, for an owner who lost them."""

    kind = "second_factors_reset"


class UserErased(SecurityEvent):
    """The account is about to be deleted at once, with all it owns."""

    kind = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesChanged(SecurityEvent):
    """The user may do more, or less, from the next request on."""

    kind = "roles_changed"

    added: frozenset[str]
    removed: frozenset[str]

    @property
    def details(self) -> Mapping[str, str]:
        return {"added": " ".join(sorted(self.added)), "removed": " ".join(sorted(self.removed))}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEvent(AuditableEvent):
    """Something about a role, and so about all who hold it."""

    role: str
    permissions: frozenset[str]

    @property
    def details(self) -> Mapping[str, str]:
        return {"role": self.role, "permissions": " ".join(sorted(self.permissions))}


class RoleCreated(RoleEvent):
    kind = "role_created"


class RoleChanged(RoleEvent):
    kind = "role_changed"


class RoleDeleted(RoleEvent):
    kind = "role_deleted"
