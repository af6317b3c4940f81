"""Making an account, and proving that its address is the owner's."""

from dataclasses import dataclass

from app.core.errors import TooManyRequests
from app.core.human_checks import TRUSTED, Visitor
from app.core.ids import uuid7
from app.modules.auth.addresses import EmailAddress
from app.modules.auth.emails import Emails
from app.modules.auth.events import EmailVerified, UserRegistered
from app.modules.auth.exceptions import EmailTaken, RegistrationClosed
from app.modules.auth.interfaces import (
    HumanAction,
    Limit,
    Surroundings,
    Throttle,
    UserRepositoryInterface,
)
from app.modules.auth.models import Purpose, User
from app.modules.auth.password_policy import PasswordPolicy
from app.modules.auth.passwords import Hashing
from app.modules.auth.service.links import Links
from app.modules.auth.settings import AuthSettings

_ALREADY_REGISTERED = "already_registered"


@dataclass(frozen=True, slots=True)
class Registered:
    """There is a new account."""

    user: User


@dataclass(frozen=True, slots=True)
class Accepted:
    """There may be a new account: the answer must not tell."""


@dataclass(frozen=True, kw_only=True)
class Registration:
    users: UserRepositoryInterface
    links: Links
    emails: Emails
    hashing: Hashing
    settings: AuthSettings
    policy: PasswordPolicy
    throttle: Throttle
    world: Surroundings

    async def register(
        self, email: EmailAddress, password: str, name: str, visitor: Visitor = TRUSTED
    ) -> Registered | Accepted:
        """Raises `RegistrationClosed`, `WeakPassword`, and `EmailTaken` where that may be told."""
        if not self.settings.registration_enabled:
            raise RegistrationClosed
        await self.throttle.hit(Limit.REGISTER, email.key)
        await visitor.must_be_human(HumanAction.REGISTER)
        user = await self.new_user(email, password, name)
        try:
            await self.users.add(user)
        except EmailTaken:
            if not self.settings.email_verification_required:
                raise
            await self._tell_the_owner(email)
            return Accepted()
        await self.world.publish(UserRegistered(user_id=user.id))
        await self._mail_verification(user)
        return Accepted() if self.settings.email_verification_required else Registered(user)

    async def new_user(self, email: EmailAddress, password: str, name: str) -> User:
        """Hashed whether or not the address is taken, so that the time does not tell either.

        Raises `WeakPassword`.
        """
        await self.policy.check(password, name=name, email=email.address)
        return User(
            id=uuid7(),
            email=email.address,
            email_key=email.key,
            name=name,
            password_hash=await self.hashing.hash(password),
            created_at=self.world.now(),
        )

    async def request_verification(self, email: EmailAddress, visitor: Visitor = TRUSTED) -> None:
        """Mail a new link, if there is something to verify. The caller does not learn which."""
        await self.throttle.mail(email.key, Purpose.VERIFY_EMAIL)
        await visitor.must_be_human(HumanAction.VERIFY_EMAIL)
        user = await self.users.by_email_key(email.key)
        if user is None or not user.may_sign_in or user.email_verified:
            await self.world.send_to_nobody()
            return
        await self._mail_verification(user)

    async def verify_email(self, token: str) -> None:
        """Raises `InvalidOneTimeToken`."""
        link = await self.links.use(token, Purpose.VERIFY_EMAIL)
        if link.user.email_verified:
            return
        verified = link.user.with_verified_email(self.world.now())
        await self.users.save(verified, instead_of=link.user)
        await self.world.publish(EmailVerified(user_id=link.user.id))
        await self.world.send(self.emails.welcome(verified))

    async def _mail_verification(self, user: User) -> None:
        token = await self.links.make(user, Purpose.VERIFY_EMAIL)
        await self.world.send(self.emails.verify_email(user, token))

    async def _tell_the_owner(self, email: EmailAddress) -> None:
        """The owner hears of it, at the address that is stored, and nobody else does.

        The mail verifies nothing, even if the address was never proved: whoever made that
        account chose its password. It shows the way to a new one instead.
        """
        owner = await self.users.by_email_key(email.key)
        if owner is None:
            return
        try:
            await self.throttle.mail(email.key, _ALREADY_REGISTERED)
        except TooManyRequests:  # not told: it would tell that the address is taken
            await self.world.send_to_nobody()
        else:
            await self.world.send(self.emails.already_registered(owner))
