"""Making roles, and giving them to people."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from app.core.audit_trail import AccessDenied
from app.core.blocks import Permission
from app.core.errors import PermissionMissing
from app.modules.auth import Auth, Surroundings, User
from app.modules.users.emails import Emails
from app.modules.users.events import RoleChanged, RoleCreated, RoleDeleted, RolesChanged
from app.modules.users.exceptions import (
    BeyondYourRights,
    BuiltInRole,
    RoleNotFound,
    UnknownPermission,
    UnknownRole,
)
from app.modules.users.interfaces import RoleRepositoryInterface
from app.modules.users.models import ADMIN, EVERYBODY, Powers, Role
from app.modules.users.permissions import ASSIGN_ROLES


@dataclass(frozen=True, kw_only=True)
class Roles:
    roles: RoleRepositoryInterface
    auth: Auth
    emails: Emails
    powers: Powers
    """Of whoever asks."""
    permissions: Sequence[Permission]
    """All that there are."""
    world: Surroundings

    async def all(self) -> Sequence[Role]:
        return await self.roles.all()

    async def create(self, role: Role) -> Role:
        """Raises `RoleExists`, `UnknownPermission` or `BeyondYourRights`."""
        self._refuse_unknown(role.permissions)
        self._refuse_beyond(role)
        await self.roles.add(role)
        await self.world.publish(RoleCreated(role=role.name, permissions=role.permissions))
        return role

    async def change(
        self, name: str, *, about: str | None = None, permissions: Set[str] | None = None
    ) -> Role:
        """Counts for whoever holds it from their next request on.

        Raises `RoleNotFound`, `BuiltInRole`, `UnknownPermission` or `BeyondYourRights`.
        """
        role = await self._by_name(name)
        if role.name == ADMIN:
            raise BuiltInRole("Admins may do everything: there is nothing to change.")
        allowed = role.permissions if permissions is None else frozenset(permissions)
        changed = replace(role, about=role.about if about is None else about, permissions=allowed)
        # What it had of a block that was removed may stay.
        self._refuse_unknown(changed.permissions - role.permissions)
        self._refuse_beyond(role, changed)
        await self.roles.save(changed)
        await self.world.publish(RoleChanged(role=role.name, permissions=allowed))
        return changed

    async def delete(self, name: str) -> None:
        """Raises `RoleNotFound`, `BuiltInRole` or `BeyondYourRights`."""
        role = await self._by_name(name)
        if role.is_built_in:
            raise BuiltInRole
        self._refuse_beyond(role)
        await self.roles.delete(name)
        await self.world.publish(RoleDeleted(role=role.name, permissions=role.permissions))

    async def permit_assigning(self) -> None:
        """Ask it before anything is written: the refusal is remembered, with what was written.

        Raises `PermissionMissing`.
        """
        if not self.powers.may(ASSIGN_ROLES):
            await self.world.publish(AccessDenied(permission=ASSIGN_ROLES))
            raise PermissionMissing(ASSIGN_ROLES)

    async def assign(self, user: User, names: Iterable[str], *, tell: bool = True) -> None:
        """These roles and no others. Counts from the user's next request on.

        Raises `PermissionMissing`, `UnknownRole`, `BeyondYourRights` or `LastAdmin`.
        """
        wanted = frozenset(names) - {EVERYBODY}
        await self.permit_assigning()
        if ADMIN not in wanted:
            # Before anything else is locked: who waits here holds nothing that others wait for.
            await self.auth.account.leave_an_admin(user)
        given = await self.roles.of(user.id)
        before = given | {ADMIN} if user.is_admin else given
        added, removed = wanted - before, before - wanted
        self._refuse_beyond(*await self._named(added | removed))
        await self.roles.take(user.id, removed)
        await self.roles.give(user.id, added - {ADMIN})
        await self.auth.users.save(replace(user, is_admin=ADMIN in wanted), instead_of=user)
        if added or removed:
            await self._tell(user, added, removed, by_mail=tell)

    async def _tell(
        self, user: User, added: frozenset[str], removed: frozenset[str], *, by_mail: bool
    ) -> None:
        await self.world.publish(RolesChanged(user_id=user.id, added=added, removed=removed))
        if by_mail:
            mail = self.emails.roles_changed(user, added=added, removed=removed)
            await self.world.send(mail)

    async def _named(self, names: Set[str]) -> Sequence[Role]:
        known = {role.name: role for role in await self.roles.all()}
        for name in sorted(names - known.keys()):
            raise UnknownRole(name)
        return [known[name] for name in names]

    async def _by_name(self, name: str) -> Role:
        role = await self.roles.by_name(name)
        if role is None:
            raise RoleNotFound
        return role

    def _refuse_unknown(self, permissions: Set[str]) -> None:
        """A misspelt permission would be a right that nobody ever has, and nobody misses."""
        for name in sorted(permissions - {permission.name for permission in self.permissions}):
            raise UnknownPermission(name)

    def _refuse_beyond(self, *roles: Role) -> None:
        if not all(self.powers.cover(role.powers) for role in roles):
            raise BeyondYourRights
