"""Proving again who one is, before something sensitive. It makes the session fresh."""

from dataclasses import dataclass

from app.modules.auth.events import Reauthenticated, SignInFailed
from app.modules.auth.exceptions import InvalidCredentials
from app.modules.auth.interfaces import Limit, Surroundings, Throttle, UserRepositoryInterface
from app.modules.auth.models import TWO_FACTORS, SignedInUser
from app.modules.auth.passwords import Hashing
from app.modules.auth.service.second_factors import SecondFactors
from app.modules.auth.service.sessions import IssuedTokens, Sessions
from app.modules.auth.service.sign_in import PASSWORD


@dataclass(frozen=True, kw_only=True)
class Reauthentication:
    users: UserRepositoryInterface
    sessions: Sessions
    hashing: Hashing
    factors: SecondFactors
    throttle: Throttle
    world: Surroundings

    async def with_password(self, caller: SignedInUser, password: str) -> IssuedTokens:
        """Raises `InvalidCredentials`, also for whoever has set up a factor.

        The strongest proof that the user has is asked for: a stolen password must not be enough
        to switch the factor off.
        """
        user = caller.user
        await self._count_try(caller)
        check = await self.hashing.check(
            password, user.password_hash if user.has_usable_password else None
        )
        if not check.fits:
            await self.users.count_failed_login(user.email_key)
            await self.world.publish(SignInFailed(user_id=user.id, session_id=caller.session.id))
            raise InvalidCredentials
        if await self.factors.enrolled(user.id):
            raise InvalidCredentials
        return await self._renew(caller, PASSWORD)

    async def with_factor(self, caller: SignedInUser, factor: str, answer: str) -> IssuedTokens:
        """Raises `WrongAnswer`."""
        await self._count_try(caller)
        method = await self.factors.prove(caller.user.id, answer, factor)
        return await self._renew(caller, method, TWO_FACTORS)

    async def _count_try(self, caller: SignedInUser) -> None:
        """For the session, not for the account: strangers who fail to sign in stop nobody here."""
        await self.throttle.hit(Limit.LOGIN, str(caller.session.id))

    async def _renew(self, caller: SignedInUser, *methods: str) -> IssuedTokens:
        tokens = await self.sessions.renew(caller.session, methods)
        await self.world.publish(
            Reauthenticated(user_id=caller.user.id, session_id=caller.session.id)
        )
        return tokens
