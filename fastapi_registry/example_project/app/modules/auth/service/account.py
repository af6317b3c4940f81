"""What people see and change of their own account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.modules.auth.exceptions import LastAdmin
from app.modules.auth.interfaces import (
    Grants,
    PermissionSource,
    UserRepositoryInterface,
)
from app.modules.auth.models import User, UserId


@dataclass(frozen=True, kw_only=True)
class Account:
    users: UserRepositoryInterface
    permissions: Sequence[PermissionSource]

    async def rename(self, user: User, name: str) -> User:
        renamed = replace(user, name=name)
        await self.users.save(renamed, instead_of=user)
        return renamed

    async def leave_an_admin(self, user: User) -> None:
        """Call it before `user` stops being an admin who may sign in. Raises `LastAdmin`."""
        if user.is_admin and await self.users.lock_admins() == {user.id}:
            raise LastAdmin

    async def grants(self, user_id: UserId) -> Grants:
        """From all blocks that know something about it. With none there are none."""
        found = [await source.grants(user_id) for source in self.permissions]
        return Grants(
            frozenset(role for grants in found for role in grants.roles),
            frozenset(each for grants in found for each in grants.permissions),
        )
