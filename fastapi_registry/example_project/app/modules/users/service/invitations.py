"""Accounts that somebody else makes. Only their owners ever know the password."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.ids import uuid7
from app.modules.auth import Auth, EmailAddress, Purpose, Surroundings, User
from app.modules.users.emails import Emails
from app.modules.users.events import InvitationAccepted, UserCreated, UserInvited
from app.modules.users.service.roles import Roles


@dataclass(frozen=True, kw_only=True)
class Invitations:
    auth: Auth
    roles: Roles
    emails: Emails
    world: Surroundings

    async def invite(self, email: EmailAddress, name: str, roles: Iterable[str] = ()) -> User:
        """Raises what `create` raises."""
        user = await self.create(email, name, roles)
        await self._send(user)
        return user

    async def create(self, email: EmailAddress, name: str, roles: Iterable[str] = ()) -> User:
        """Without a password. Raises `EmailTaken`, and what `Roles.assign` raises."""
        wanted = frozenset(roles)
        if wanted:
            await self.roles.permit_assigning()
        user = User(
            id=uuid7(),
            email=email.address,
            email_key=email.key,
            name=name,
            password_hash=None,
            created_at=self.world.now(),
        )
        await self.auth.users.add(user)
        await self.world.publish(UserCreated(user_id=user.id))
        if wanted:
            await self.roles.assign(user, wanted, tell=False)
        return user

    async def accept(self, token: str, password: str, name: str | None = None) -> None:
        """It signs nobody in. Raises `InvalidOneTimeToken` or `WeakPassword`."""
        user = await self.auth.passwords.choose(token, Purpose.INVITATION, password)
        if name is not None:
            await self.auth.users.save(replace(user, name=name), instead_of=user)
        await self.world.publish(InvitationAccepted(user_id=user.id))

    async def _send(self, user: User) -> None:
        token = await self.auth.links.make(user, Purpose.INVITATION)
        await self.world.publish(UserInvited(user_id=user.id))
        await self.world.send(self.emails.invitation(user, token))
