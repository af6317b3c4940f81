"""What the routes of this block ask for."""

from collections.abc import Sequence
from typing import Final

from app.core.blocks import Permission
from app.modules.auth import IMPERSONATE as _IMPERSONATE

IMPERSONATE: Final = _IMPERSONATE
READ: Final = "users:read"
CREATE: Final = "users:create"
UPDATE: Final = "users:update"
DELETE: Final = "users:delete"
RESET_TWO_FACTOR: Final = "users:reset-two-factor"
READ_ROLES: Final = "roles:read"
WRITE_ROLES: Final = "roles:write"
ASSIGN_ROLES: Final = "roles:assign"

PERMISSIONS_OF_USERS: Final[Sequence[Permission]] = (
    Permission(READ, "See accounts, their roles and their sessions"),
    Permission(CREATE, "Invite people"),
    Permission(UPDATE, "Rename, activate, deactivate, unlock, sign out, send password resets"),
    Permission(DELETE, "Close accounts, and delete them"),
    Permission(RESET_TWO_FACTOR, "Remove the second factors of those who lost theirs"),
    Permission(IMPERSONATE, "Act for somebody else for a while"),
    Permission(READ_ROLES, "See roles and permissions"),
    Permission(WRITE_ROLES, "Make, change and delete roles"),
    Permission(ASSIGN_ROLES, "Give roles to people, and take them"),
)
