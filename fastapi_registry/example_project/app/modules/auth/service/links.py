"""Tokens that are mailed, and work once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.crypto import hash_token, new_token
from app.modules.auth.exceptions import InvalidOneTimeToken
from app.modules.auth.interfaces import (
    OneTimeTokenRepositoryInterface,
    Surroundings,
    UserRepositoryInterface,
)
from app.modules.auth.models import Lifetimes, OneTimeToken, Purpose, User, UserId

_ABOUT_ANOTHER_ADDRESS = (
    Purpose.APPROVE_EMAIL_CHANGE,
    Purpose.CHANGE_EMAIL,
    Purpose.UNDO_EMAIL_CHANGE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """What a mailed token says about its reader."""

    user: User
    address: str
    methods: tuple[str, ...]
    made_at: datetime


@dataclass(frozen=True, kw_only=True)
class Links:
    users: UserRepositoryInterface
    tokens: OneTimeTokenRepositoryInterface
    lifetimes: Lifetimes
    world: Surroundings

    async def make(
        self,
        user: User,
        purpose: Purpose,
        *,
        address: str | None = None,
        methods: tuple[str, ...] = (),
        lasting: timedelta | None = None,
    ) -> str:
        """A new token. The user's older ones for this purpose are void, but for ways back."""
        token = new_token()
        now = self.world.now()
        await self.tokens.put(
            OneTimeToken(
                token_hash=hash_token(token),
                purpose=purpose,
                user_id=user.id,
                email=address or user.email,
                methods=methods,
                created_at=now,
                expires_at=now + (lasting or self._lifetime(purpose)),
            )
        )
        return token

    async def look(self, token: str, purpose: Purpose) -> Link:
        """Who it speaks for, without using it up. Raises `InvalidOneTimeToken`."""
        found = await self.tokens.find(hash_token(token), purpose, self.world.now())
        return await self._link(found)

    async def use(self, token: str, purpose: Purpose) -> Link:
        """Use it up. Raises `InvalidOneTimeToken`, also for all but one who try at once."""
        used = await self.tokens.use(hash_token(token), purpose, self.world.now())
        return await self._link(used)

    async def count_attempt(self, token: str, *, limit: int) -> None:
        """Raises `InvalidOneTimeToken` once `limit` answers were tried with it."""
        if not await self.tokens.count_attempt(hash_token(token), limit=limit):
            raise InvalidOneTimeToken

    async def void(
        self, user_id: UserId, *purposes: Purpose, made_after: datetime | None = None
    ) -> None:
        await self.tokens.void(user_id, *purposes, made_after=made_after)

    def _lifetime(self, purpose: Purpose) -> timedelta:
        match purpose:
            case Purpose.RESET_PASSWORD:
                return self.lifetimes.password_reset
            case Purpose.RESTORE_ACCOUNT:
                return self.lifetimes.deletion_grace
            case Purpose.INVITATION:
                return self.lifetimes.invitation
            case Purpose.UNDO_EMAIL_CHANGE:
                return self.lifetimes.email_undo
            case _:
                return self.lifetimes.email_link

    async def _link(self, token: OneTimeToken | None) -> Link:
        user = await self.users.by_id(token.user_id) if token else None
        if token is None or user is None or not user.is_active:
            raise InvalidOneTimeToken
        # A mail that lies in a mailbox that is not the user's any more opens nothing.
        if token.purpose not in _ABOUT_ANOTHER_ADDRESS and token.email != user.email:
            raise InvalidOneTimeToken
        return Link(user, token.email, token.methods, token.created_at)
