"""Moving an account to another address, and back."""

from dataclasses import dataclass, replace

from app.modules.auth.addresses import EmailAddress
from app.modules.auth.emails import Emails
from app.modules.auth.events import EmailChanged, EmailChangeRequested, EmailChangeUndone
from app.modules.auth.exceptions import EmailTaken, InvalidOneTimeToken
from app.modules.auth.interfaces import Surroundings, Throttle, UserRepositoryInterface
from app.modules.auth.models import Purpose, User
from app.modules.auth.service.links import Links
from app.modules.auth.service.sessions import Sessions

_OF_THE_OLD_ADDRESS = (
    Purpose.RESET_PASSWORD,
    Purpose.MAGIC_LINK,
    Purpose.VERIFY_EMAIL,
    Purpose.APPROVE_EMAIL_CHANGE,
    Purpose.CHANGE_EMAIL,
)


@dataclass(frozen=True, kw_only=True)
class EmailChange:
    users: UserRepositoryInterface
    links: Links
    sessions: Sessions
    emails: Emails
    needs_approval: bool
    """Whether the reader of the old address must agree, too."""
    throttle: Throttle
    world: Surroundings

    async def request(self, user: User, new: EmailAddress) -> None:
        """Mail a link to the new address, or first one to the old. Until then the old one counts.

        A taken address answers the same: only its owner hears of it.
        """
        await self.throttle.mail(new.key, Purpose.CHANGE_EMAIL)
        if self.needs_approval:
            purpose = Purpose.APPROVE_EMAIL_CHANGE
            token = await self.links.make(user, purpose, address=new.address)
            await self.world.send(self.emails.approve_email_change(user, new.address, token))
        else:
            await self._ask_at(new, user)
        await self.world.publish(EmailChangeRequested(user_id=user.id))

    async def approve(self, token: str) -> None:
        """The reader of the old address agrees: now the new one is asked.

        Raises `InvalidOneTimeToken`.
        """
        link = await self.links.use(token, Purpose.APPROVE_EMAIL_CHANGE)
        await self._ask_at(EmailAddress.parse(link.address), link.user)

    async def confirm(self, token: str) -> None:
        """The reader of the new address proves it; the old one gets a way back.

        Raises `InvalidOneTimeToken`, also if the address was taken in the meantime.
        """
        link = await self.links.use(token, Purpose.CHANGE_EMAIL)
        before = link.user
        undo = await self.links.make(before, Purpose.UNDO_EMAIL_CHANGE)
        after = await self._move(before, link.address)
        await self.sessions.end_all(after.id)
        await self.world.publish(EmailChanged(user_id=after.id))
        await self.world.send(self.emails.email_changed(before, after, undo))

    async def undo(self, token: str) -> None:
        """Back to the old address, for whoever reads it, wherever the account has gone since.

        If the change was a thief's, the thief also knows the password: it goes, with all
        sessions, and a reset by mail makes a new one. A deletion is called off, since that was the
        thief's too. Raises `InvalidOneTimeToken`.
        """
        link = await self.links.use(token, Purpose.UNDO_EMAIL_CHANGE)
        user = await self._move(link.user, link.address, is_back=True)
        kept = replace(user.with_new_password(None), deletion_due_at=None)
        await self.users.save(kept, instead_of=user)
        await self.links.void(user.id, Purpose.RESTORE_ACCOUNT)
        # The thief reads the addresses that came later, and would come back by these.
        await self.links.void(user.id, Purpose.UNDO_EMAIL_CHANGE, made_after=link.made_at)
        await self.sessions.end_all(user.id)
        await self.world.publish(EmailChangeUndone(user_id=user.id, since=link.made_at))

    async def _ask_at(self, new: EmailAddress, user: User) -> None:
        owner = await self.users.by_email_key(new.key)
        if owner is not None and owner.id != user.id:
            await self.world.send(self.emails.already_registered(owner))
            return
        token = await self.links.make(user, Purpose.CHANGE_EMAIL, address=new.address)
        await self.world.send(self.emails.change_email(new.address, token))

    async def _move(self, user: User, address: str, *, is_back: bool = False) -> User:
        new = EmailAddress.parse(address)
        moved = replace(user.with_email(new), email_verified_at=self.world.now())
        # Else a thief could register the old address, and even sign in there, and nobody could
        # come back to it.
        await self.users.delete_unproved(new.key, though_used=is_back)
        try:
            await self.users.save(moved, instead_of=user)
        except EmailTaken as error:
            raise InvalidOneTimeToken from error
        await self.links.void(user.id, *_OF_THE_OLD_ADDRESS)
        return moved
