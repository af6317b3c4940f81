"""Deleting an account, with time to think again."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.modules.auth.emails import Emails
from app.modules.auth.events import AccountRestored, DeletionScheduled
from app.modules.auth.exceptions import InvalidConfirmation, InvalidCurrentPassword
from app.modules.auth.interfaces import Limit, Surroundings, Throttle, UserRepositoryInterface
from app.modules.auth.models import Lifetimes, Purpose, User
from app.modules.auth.passwords import Hashing
from app.modules.auth.service.account import Account
from app.modules.auth.service.links import Links
from app.modules.auth.service.sessions import Sessions

CONFIRMATION = "DELETE"
_MAILED = tuple(set(Purpose) - {Purpose.RESTORE_ACCOUNT, Purpose.UNDO_EMAIL_CHANGE})
"""Not the way back to an earlier address: a thief who took the account may delete it, too."""


@dataclass(frozen=True, kw_only=True)
class Deletion:
    users: UserRepositoryInterface
    account: Account
    sessions: Sessions
    links: Links
    emails: Emails
    hashing: Hashing
    lifetimes: Lifetimes
    throttle: Throttle
    world: Surroundings

    async def schedule(self, user: User, password: str | None, confirmation: str) -> datetime:
        """When the account will be gone. All its sessions and links die at once.

        Raises `InvalidConfirmation`, `InvalidCurrentPassword` or `LastAdmin`.
        """
        if confirmation != CONFIRMATION:
            raise InvalidConfirmation(f'To confirm, send "{CONFIRMATION}".')
        await self._check_password(user, password)
        await self.account.leave_an_admin(user)
        due = self.world.now() + self.lifetimes.deletion_grace
        leaving = replace(user, deletion_due_at=due)
        await self.users.save(leaving, instead_of=user)
        await self.sessions.end_all(user.id)
        await self.links.void(user.id, *_MAILED)
        token = await self.links.make(leaving, Purpose.RESTORE_ACCOUNT)
        await self.world.publish(DeletionScheduled(user_id=user.id))
        await self.world.send(self.emails.deletion_scheduled(leaving, due, token))
        return due

    async def restore(self, token: str) -> None:
        """Raises `InvalidOneTimeToken`. Sessions stay ended: sign in again."""
        user = (await self.links.use(token, Purpose.RESTORE_ACCOUNT)).user
        await self.users.save(replace(user, deletion_due_at=None), instead_of=user)
        await self.world.publish(AccountRestored(user_id=user.id))

    async def _check_password(self, user: User, password: str | None) -> None:
        """Who has no password proved something else: the route asks for a fresh session."""
        if user.password_hash is None:
            return
        await self.throttle.hit(Limit.PASSWORD_CHANGE, str(user.id))
        stored = user.password_hash if user.has_usable_password else None
        if not (await self.hashing.check(password or "", stored)).fits:
            await self.users.count_failed_login(user.email_key)
            raise InvalidCurrentPassword
