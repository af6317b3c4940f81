"""People and what they may do: roles, invitations, managing accounts, acting for somebody.

- What a route of yours asks for: `Depends(require("reports:read"))` of core, and
  `Block(permissions=[Permission("reports:read", "Read all reports")])`, so that roles can have it.
- Hear what happens: `RolesChanged`, `UserDeactivated`, …. All are `SecurityEvent`s of auth.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.core.blocks import Block
from app.modules.auth import PERMISSIONS
from app.modules.users.events import (
    InvitationAccepted,
    PasswordResetSent,
    RoleChanged,
    RoleCreated,
    RoleDeleted,
    RolesChanged,
    SecondFactorsReset,
    UserActivated,
    UserChanged,
    UserCreated,
    UserDeactivated,
    UserErased,
    UserInvited,
    UserUnlocked,
)
from app.modules.users.permissions import PERMISSIONS_OF_USERS
from app.modules.users.repositories import RoleRepository
from app.modules.users.router import router

if TYPE_CHECKING:
    import click

__all__ = [
    "InvitationAccepted",
    "PasswordResetSent",
    "RoleChanged",
    "RoleCreated",
    "RoleDeleted",
    "RolesChanged",
    "SecondFactorsReset",
    "UserActivated",
    "UserChanged",
    "UserCreated",
    "UserDeactivated",
    "UserErased",
    "UserInvited",
    "UserUnlocked",
    "block",
]


def _commands() -> "Sequence[click.Command]":
    from app.modules.users.commands import users

    return [users]


block = Block(
    name="users",
    router=router,
    permissions=PERMISSIONS_OF_USERS,
    provides=[PERMISSIONS.provided_by(RoleRepository)],
    commands=_commands,
)
