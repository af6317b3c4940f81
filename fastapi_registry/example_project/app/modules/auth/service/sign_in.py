"""Signing in: a first proof, then whatever factors the user has set up."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from app.core.errors import Busy, TooManyRequests
from app.core.human_checks import TRUSTED, Visitor
from app.modules.auth.addresses import EmailAddress
from app.modules.auth.emails import Emails
from app.modules.auth.events import AccountClaimed, EmailVerified, SignInFailed, SignInOfNobody
from app.modules.auth.exceptions import (
    InvalidCredentials,
    InvalidOneTimeToken,
)
from app.modules.auth.interfaces import (
    HumanAction,
    Surroundings,
    Throttle,
    UserRepositoryInterface,
)
from app.modules.auth.models import TWO_FACTORS, Device, Purpose, User, UserId
from app.modules.auth.passwords import Hashing, PasswordCheck
from app.modules.auth.service.links import Links
from app.modules.auth.service.second_factors import SecondFactors
from app.modules.auth.service.sessions import IssuedTokens, Sessions

PASSWORD = "pwd"  # noqa: S105 - a method of RFC 8176, no secret
MAIL = "email"
_MOST_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever asked is in."""

    user: User
    tokens: IssuedTokens


@dataclass(frozen=True, slots=True)
class SecondStepNeeded:
    """The first proof was right, and opens nothing yet."""

    token: str
    """For `SignIn.take_second_step`, and good for nothing else."""
    factors: Sequence[str]
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class SignIn:
    users: UserRepositoryInterface
    sessions: Sessions
    links: Links
    emails: Emails
    hashing: Hashing
    factors: SecondFactors
    verification_required: bool
    throttle: Throttle
    world: Surroundings

    async def with_password(
        self, email: str, password: str, device: Device, visitor: Visitor = TRUSTED
    ) -> SignedIn | SecondStepNeeded:
        """Raises `InvalidCredentials`, whatever the reason."""
        key = _key_of(email)
        await self.throttle.try_password(key)
        failures = await self.throttle.failures(key)
        await visitor.must_be_human(HumanAction.LOGIN, failures=failures)
        user = await self.users.by_email_key(key)
        usable = user is not None and user.has_usable_password
        check = await self.hashing.check(password, user.password_hash if user and usable else None)
        if user is None or not check.fits or not user.may_sign_in:
            await self._count_failure(key, user, device)
            raise InvalidCredentials
        if self.verification_required and not user.email_verified:
            # An answer of its own would tell, to somebody who registers another's address, that
            # there was no account before. The owner gets a new link instead.
            await self.throttle.count_failure(key)
            await self._mail_verification(user)
            raise InvalidCredentials
        await self.throttle.forgive(key)
        return await self.after_first_proof(await self._upgraded(user, check), (PASSWORD,), device)

    async def with_password_and_code(
        self, email: str, password: str, code: str, device: Device, visitor: Visitor = TRUSTED
    ) -> SignedIn | SecondStepNeeded:
        """Both in one request, as the form of `/auth/token` has it.

        Raises `InvalidCredentials` or `WrongAnswer`.
        """
        first = await self.with_password(email, password, device, visitor)
        if isinstance(first, SignedIn):
            return first
        return await self.take_second_step(first.token, code, device)

    async def request_magic_link(self, email: EmailAddress, visitor: Visitor = TRUSTED) -> None:
        """Mail a link that signs in. The caller does not learn whether there is an account."""
        await self.throttle.mail(email.key, Purpose.MAGIC_LINK)
        await visitor.must_be_human(HumanAction.MAGIC_LINK)
        user = await self.users.by_email_key(email.key)
        if user is None or not user.may_sign_in:
            await self.world.send_to_nobody()
            return
        token = await self.links.make(user, Purpose.MAGIC_LINK)
        await self.world.send(self.emails.magic_link(user, token))

    async def with_magic_link(self, token: str, device: Device) -> SignedIn | SecondStepNeeded:
        """Raises `InvalidOneTimeToken`."""
        link = await self.links.use(token, Purpose.MAGIC_LINK)
        if not link.user.may_sign_in:
            raise InvalidOneTimeToken
        user = await self._claimed(link.user)
        return await self.after_first_proof(user, (MAIL,), device)

    async def after_first_proof(
        self, user: User, methods: tuple[str, ...], device: Device
    ) -> SignedIn | SecondStepNeeded:
        """Every single proof comes through here, so none leaves out the second step."""
        asked = await self.factors.to_ask(user.id)
        if not asked:
            return await self._admit(user, methods, device)
        patience = min(factor.patience for factor in asked)
        token = await self.links.make(user, Purpose.SECOND_STEP, methods=methods, lasting=patience)
        names = [factor.name for factor in asked]
        return SecondStepNeeded(token, names, self.world.now() + patience)

    async def with_both_factors(self, user_id: UserId, method: str, device: Device) -> SignedIn:
        """For one proof that is worth two: a passkey whose device has verified the user.

        Raises `InvalidCredentials`. Who may not sign in learns it only now, and nobody else does.
        """
        user = await self.users.by_id(user_id)
        if user is None or not user.may_sign_in:
            raise InvalidCredentials
        if self.verification_required and not user.email_verified:
            raise InvalidCredentials
        return await self._admit(user, (method, TWO_FACTORS), device)

    async def waiting_for_second_step(self, token: str) -> User:
        """Who has proved the first factor. Raises `InvalidOneTimeToken`."""
        return (await self.links.look(token, Purpose.SECOND_STEP)).user

    async def take_second_step(
        self, token: str, answer: str, device: Device, factor: str | None = None
    ) -> SignedIn:
        """Raises `InvalidOneTimeToken` for a bad token, `WrongAnswer` for a bad answer."""
        link = await self.links.look(token, Purpose.SECOND_STEP)
        # Counted before the answer is looked at: parallel guesses all count.
        await self.links.count_attempt(token, limit=_MOST_ANSWERS)
        method = await self.factors.prove(link.user.id, answer, factor)
        # Two right answers at once: only one of them uses the token up, and opens a session.
        link = await self.links.use(token, Purpose.SECOND_STEP)
        if not link.user.may_sign_in:
            raise InvalidOneTimeToken
        return await self._admit(link.user, (*link.methods, method, TWO_FACTORS), device)

    async def _admit(self, user: User, methods: tuple[str, ...], device: Device) -> SignedIn:
        """Raises `InvalidCredentials` if what was proved is worth nothing by now."""
        now = self.world.now()
        if not await self.users.admit(user, now):
            raise InvalidCredentials
        tokens = await self.sessions.open(user, methods, device)
        return SignedIn(user.after_login(now), tokens)

    async def _claimed(self, user: User) -> User:
        """Proved by mail on an unproved account: what was there before may be a stranger's.

        Anybody can register anybody's address and wait for its owner to come. So the password,
        the sessions and all mailed links go, and other blocks remove what they keep.
        """
        if user.email_verified:
            return user
        claimed = user.with_verified_email(self.world.now()).with_new_password(None)
        await self.users.save(claimed, instead_of=user)
        await self.links.void(user.id, *Purpose)
        await self.sessions.end_all(user.id)
        await self.world.publish(AccountClaimed(user_id=user.id))
        await self.world.publish(EmailVerified(user_id=user.id))
        return claimed

    async def _mail_verification(self, user: User) -> None:
        """Not more often than others may ask for it, and then without a word: see above."""
        with suppress(TooManyRequests):
            await self.throttle.mail(user.email_key, Purpose.VERIFY_EMAIL)
            token = await self.links.make(user, Purpose.VERIFY_EMAIL)
            await self.world.send(self.emails.verify_email(user, token))

    async def _upgraded(self, user: User, check: PasswordCheck) -> User:
        """The only moment in which the password is at hand to be hashed as we do today.

        Raises `Busy` if it is another one by now, perhaps by a login beside this one: ask again.
        """
        if check.new_hash is None or user.password_hash is None:
            return user
        if not await self.users.replace_password(
            user.id, old_hash=user.password_hash, new_hash=check.new_hash
        ):
            raise Busy
        return replace(user, password_hash=check.new_hash)

    async def _count_failure(self, key: str, user: User | None, device: Device) -> None:
        """The same statement for unknown users, so that it takes the same time."""
        await self.throttle.count_failure(key)
        await self.users.count_failed_login(key)
        failed = SignInFailed(user_id=user.id, device=device) if user else SignInOfNobody()
        await self.world.publish(failed)


def _key_of(email: str) -> str:
    """What is no address belongs to nobody: it is looked up all the same.

    Under a key that no address has, since addresses have an @, and that every database takes:
    PostgreSQL stores no NUL.
    """
    try:
        return EmailAddress.parse(email).key
    except ValueError:
        return f"no address: {sha256(email.encode()).hexdigest()}"
