"""Managing the accounts of others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.modules.auth import (
    Auth,
    DeletionScheduled,
    IssuedTokens,
    Purpose,
    Session,
    SignedInUser,
    Surroundings,
    User,
    UserId,
)
from app.modules.users.emails import Emails
from app.modules.users.events import (
    PasswordResetSent,
    SecondFactorsReset,
    UserActivated,
    UserChanged,
    UserDeactivated,
    UserErased,
    UserUnlocked,
)
from app.modules.users.exceptions import AccountInactive, BeyondYourRights
from app.modules.users.service.people import People


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Each of these raises `UserNotFound`, or `BeyondYourRights` for who may do more."""

    people: People
    auth: Auth
    emails: Emails
    world: Surroundings

    async def rename(self, user_id: UserId, name: str) -> User:
        user = await self.people.manageable(user_id)
        renamed = replace(user, name=name)
        if renamed != user:
            await self.auth.users.save(renamed, instead_of=user)
            await self.world.publish(UserChanged(user_id=user.id))
        return renamed

    async def activate(self, user_id: UserId) -> User:
        """Also takes a deletion back. Who was signed out stays signed out."""
        user = await self.people.manageable(user_id)
        active = replace(user, is_active=True, deletion_due_at=None)
        if active != user:
            await self.auth.users.save(active, instead_of=user)
            await self.world.publish(UserActivated(user_id=user.id))
        return active

    async def deactivate(self, user_id: UserId) -> User:
        """From the next request on nothing of the user's works. Raises `LastAdmin`."""
        user = await self.people.manageable(user_id)
        if not user.is_active:
            return user
        await self.auth.account.leave_an_admin(user)
        inactive = replace(user, is_active=False)
        await self.auth.users.save(inactive, instead_of=user)
        await self._close(user)
        await self.world.publish(UserDeactivated(user_id=user.id))
        await self.world.send(self.emails.deactivated(user))
        return inactive

    async def unlock(self, user_id: UserId) -> User:
        """The wrong passwords until now, and the waits after them, are forgotten."""
        user = await self.people.manageable(user_id)
        unlocked = replace(user, failed_logins=0)
        await self.auth.users.save(unlocked, instead_of=user)
        await self.auth.throttle.forgive(user.email_key)
        await self.world.publish(UserUnlocked(user_id=user.id))
        return unlocked

    async def send_password_reset(self, user_id: UserId) -> User:
        """To the owner: nobody else sees the link. Raises `AccountInactive`."""
        user = await self.people.manageable(user_id)
        if not user.may_sign_in:
            raise AccountInactive
        token = await self.auth.links.make(user, Purpose.RESET_PASSWORD)
        await self.world.send(self.auth.emails.reset_password(user, token))
        await self.world.publish(PasswordResetSent(user_id=user.id))
        return user

    async def close(self, user_id: UserId) -> datetime:
        """When it will be deleted; until then it can be activated. Raises `LastAdmin`."""
        user = await self.people.manageable(user_id)
        if user.deletion_due_at is not None:
            return user.deletion_due_at
        await self.auth.account.leave_an_admin(user)
        due = self.world.now() + self.auth.lifetimes.deletion_grace
        await self.auth.users.save(replace(user, deletion_due_at=due), instead_of=user)
        await self._close(user)
        await self.world.publish(DeletionScheduled(user_id=user.id))
        await self.world.send(self.emails.closed(user, due))
        return due

    async def erase(self, user_id: UserId) -> None:
        """At once, with all that belongs to the account. Raises `LastAdmin`."""
        user = await self.people.manageable(user_id)
        await self.auth.account.leave_an_admin(user)
        await self.world.publish(UserErased(user_id=user.id))
        await self.auth.users.delete(user.id)

    async def sessions(self, user_id: UserId) -> Sequence[Session]:
        """Only reads: whoever may see accounts may see these."""
        return await self.auth.sessions.listed((await self.people.profile(user_id)).user.id)

    async def end_sessions(self, user_id: UserId) -> None:
        user = await self.people.manageable(user_id)
        await self.auth.sessions.end_all(user.id)

    async def reset_second_factors(self, user_id: UserId) -> None:
        """For those who lost theirs. Nobody learns what they were."""
        user = await self.people.manageable(user_id)
        if not await self.auth.factors.reset(user.id):
            return
        await self.auth.sessions.end_all(user.id)
        await self.world.publish(SecondFactorsReset(user_id=user.id))
        await self.world.send(self.emails.second_factors_reset(user))

    async def impersonate(self, impersonator: SignedInUser, user_id: UserId) -> IssuedTokens:
        """Raises `AccountInactive` too: nobody acts for who may not sign in."""
        user = await self.people.manageable(user_id)
        if user.is_admin or user.id == impersonator.user.id:
            raise BeyondYourRights("Nobody acts for an admin, nor for themselves.")
        if not user.may_sign_in:
            raise AccountInactive
        return await self.auth.sessions.open_for(user, impersonator, self.auth.device)

    async def _close(self, user: User) -> None:
        """No session goes on, and no mailed link opens anything: not even after an activation."""
        await self.auth.sessions.end_all(user.id)
        await self.auth.links.void(user.id, *Purpose)
