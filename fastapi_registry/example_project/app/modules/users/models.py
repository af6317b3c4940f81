"""Roles, and the rules about who may do what to whom. No I/O here."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.modules.auth import User, UserId

EVERYBODY: Final = "user"
"""The role of whoever has an account. It is never given nor taken."""
ADMIN: Final = "admin"
"""The role of whoever may do everything: auth's `is_admin` by another name."""


@dataclass(frozen=True, slots=True)
class Powers:
    """What somebody may do."""

    permissions: frozenset[str] = frozenset()
    is_admin: bool = False

    def may(self, permission: str) -> bool:
        return self.is_admin or permission in self.permissions

    def cover(self, others: "Powers") -> bool:
        """Whether `others` may do nothing more.

        Nobody gives, takes or manages what reaches beyond their own rights: else the right to
        hand out roles would be the right to everything.
        """
        if self.is_admin:
            return True
        return not others.is_admin and others.permissions <= self.permissions


ALL_POWERS: Final = Powers(is_admin=True)
"""Of whoever sits at a terminal of the server, and could write to the database anyway."""


@dataclass(frozen=True, slots=True)
class Role:
    """A name for what its holders may do."""

    name: str
    about: str = ""
    permissions: frozenset[str] = frozenset()

    @property
    def is_built_in(self) -> bool:
        return self.name in (EVERYBODY, ADMIN)

    @property
    def powers(self) -> Powers:
        return Powers(self.permissions, is_admin=self.name == ADMIN)


def role_names(assigned: Set[str], *, is_admin: bool) -> frozenset[str]:
    """All roles of somebody, those that no table keeps among them."""
    return frozenset(assigned) | {EVERYBODY} | ({ADMIN} if is_admin else set())


@dataclass(frozen=True, slots=True)
class Profile:
    """A user, and what they may do."""

    user: User
    roles: frozenset[str]
    permissions: frozenset[str]
    has_second_factor: bool

    @property
    def powers(self) -> Powers:
        return Powers(self.permissions, self.user.is_admin)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUser:
    """A line of a list: nothing in it is secret."""

    id: UserId
    email: str
    name: str
    is_active: bool
    is_admin: bool
    email_verified_at: datetime | None
    last_login_at: datetime | None
    deletion_due_at: datetime | None
    created_at: datetime
    roles: frozenset[str] = frozenset()

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None


class Sort(StrEnum):
    """By what a list is sorted. The minus sign turns it round."""

    OLDEST = "created_at"
    NEWEST = "-created_at"
    EMAIL = "email"
    EMAIL_DOWN = "-email"
    NAME = "name"
    NAME_DOWN = "-name"
    LAST_LOGIN = "last_login_at"
    LAST_LOGIN_DOWN = "-last_login_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Which users are wanted, and in which order."""

    search: str = ""
    """A part of the address or of the name, in any case."""
    role: str | None = None
    is_admin: bool | None = None
    is_active: bool | None = None
    """Whether they may sign in."""
    include_inactive: bool = False
    """Also those who may not, where `is_active` does not say."""
    sort: Sort = Sort.NEWEST


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many users there are."""

    total: int
    active: int
    admins: int
    unverified: int
    never_signed_in: int
    deletion_scheduled: int
