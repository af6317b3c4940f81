"""Changing a password, and getting back in without one."""

from dataclasses import dataclass

from app.core.human_checks import TRUSTED, Visitor
from app.modules.auth.addresses import EmailAddress
from app.modules.auth.emails import Emails
from app.modules.auth.events import AccountClaimed, EmailVerified, PasswordChanged, PasswordReset
from app.modules.auth.exceptions import InvalidCurrentPassword, WeakPassword
from app.modules.auth.interfaces import (
    HumanAction,
    Limit,
    Surroundings,
    Throttle,
    UserRepositoryInterface,
)
from app.modules.auth.models import Purpose, SignedInUser, User
from app.modules.auth.password_policy import PasswordPolicy
from app.modules.auth.passwords import Hashing
from app.modules.auth.service.links import Links
from app.modules.auth.service.sessions import IssuedTokens, Sessions
from app.modules.auth.service.sign_in import PASSWORD

_MAILED = (
    Purpose.RESET_PASSWORD,
    Purpose.MAGIC_LINK,
    Purpose.SECOND_STEP,
    Purpose.INVITATION,
    Purpose.APPROVE_EMAIL_CHANGE,
    Purpose.CHANGE_EMAIL,
)
"""What somebody, perhaps a thief, began before a password changed, and must not outlive it."""


@dataclass(frozen=True, kw_only=True)
class Passwords:
    users: UserRepositoryInterface
    sessions: Sessions
    links: Links
    emails: Emails
    hashing: Hashing
    policy: PasswordPolicy
    throttle: Throttle
    world: Surroundings

    async def forgot(self, email: EmailAddress, visitor: Visitor = TRUSTED) -> None:
        """Mail a link, if there is an account. The caller does not learn which."""
        await self.throttle.mail(email.key, Purpose.RESET_PASSWORD)
        await visitor.must_be_human(HumanAction.FORGOT_PASSWORD)
        user = await self.users.by_email_key(email.key)
        if user is None or not user.may_sign_in:
            await self.world.send_to_nobody()
            return
        token = await self.links.make(user, Purpose.RESET_PASSWORD)
        await self.world.send(self.emails.reset_password(user, token))

    async def reset(self, token: str, new_password: str) -> None:
        """A new password for whoever reads the mail. It signs nobody in.

        Raises `InvalidOneTimeToken` or `WeakPassword`, which leaves the token usable.
        """
        user = await self.choose(token, Purpose.RESET_PASSWORD, new_password)
        await self.world.publish(PasswordReset(user_id=user.id))
        await self.world.send(self.emails.password_changed(user))

    async def choose(self, token: str, purpose: Purpose, new_password: str) -> User:
        """Whoever reads the mail, with the password that they chose. It signs nobody in.

        Raises `InvalidOneTimeToken` or `WeakPassword`, which leaves the token usable.
        """
        link = await self.links.look(token, purpose)
        new_hash = await self._hash(link.user, new_password)
        user = (await self.links.use(token, purpose)).user
        return await self._set(user, new_hash)

    async def set(self, user: User, new_password: str) -> User:
        """For a terminal of the server: over HTTP nobody sets the password of somebody else.

        Raises `WeakPassword`.
        """
        return await self._set(user, await self._hash(user, new_password))

    async def _set(self, user: User, new_hash: str) -> User:
        """Proves the address, too: only its reader, or the server's owner, comes as far."""
        now = self.world.now()
        renewed = user.with_new_password(new_hash).with_verified_email(now)
        await self.users.save(renewed, instead_of=user)
        await self.links.void(user.id, *(_MAILED if user.email_verified else Purpose))
        # Whoever is signed in now may be the reason for the reset.
        await self.sessions.end_all(user.id)
        if not user.email_verified:
            # The account may be a stranger's who used this address: other blocks clear it too.
            await self.world.publish(AccountClaimed(user_id=user.id))
            await self.world.publish(EmailVerified(user_id=user.id))
        return renewed

    async def change(
        self, caller: SignedInUser, current: str, new_password: str, *, end_others: bool
    ) -> IssuedTokens:
        """New tokens for this session.

        Asks for the current password even in a fresh session: an open laptop is not its owner.
        Raises `InvalidCurrentPassword` or `WeakPassword`.
        """
        user, session = caller.user, caller.session
        await self.throttle.hit(Limit.PASSWORD_CHANGE, str(user.id))
        stored = user.password_hash if user.has_usable_password else None
        if not (await self.hashing.check(current, stored)).fits or stored is None:
            await self.users.count_failed_login(user.email_key)
            raise InvalidCurrentPassword
        await self.policy.check(new_password, name=user.name, email=user.email)
        if (await self.hashing.check(new_password, stored)).fits:
            raise WeakPassword("The new password is the current one.")
        new_hash = await self.hashing.hash(new_password)
        if not await self.users.replace_password(user.id, old_hash=stored, new_hash=new_hash):
            raise InvalidCurrentPassword  # it was reset while we hashed: that one counts
        await self.links.void(user.id, *_MAILED)
        if end_others:
            await self.sessions.end_all(user.id, keep=session.id)
        await self.world.publish(PasswordChanged(user_id=user.id, session_id=session.id))
        await self.world.send(self.emails.password_changed(user))
        return await self.sessions.renew(session, (PASSWORD,))

    async def _hash(self, user: User, password: str) -> str:
        await self.policy.check(password, name=user.name, email=user.email)
        return await self.hashing.hash(password)
