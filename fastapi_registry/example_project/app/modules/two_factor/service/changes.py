"""What adding and removing factors has in common."""

from dataclasses import dataclass

from app.core.errors import InvalidToken
from app.modules.auth import Auth, SignedInUser
from app.modules.two_factor.events import FactorEvent
from app.modules.two_factor.exceptions import LastFactor
from app.modules.two_factor.repositories import OwnerRepository
from app.modules.two_factor.service.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Changes:
    auth: Auth
    owners: OwnerRepository
    policy: Policy

    async def begin(self, caller: SignedInUser) -> None:
        """Call it before looking at what is set up: one change of a user follows the other.

        Else two at once would each see what the other removes, or void the same backup codes.
        Raises `InvalidToken` if the one before signed the caller out.
        """
        await self.owners.lock(caller.user.id)
        still_open = await self.auth.sessions.listed(caller.user.id)
        if caller.session.id not in [session.id for session in still_open]:
            raise InvalidToken

    async def refuse_to_lose_the_last(self, caller: SignedInUser, *, others: bool) -> None:
        """Raises `LastFactor` where one is required, and there are no `others`."""
        grants = await self.auth.account.grants(caller.user.id)
        if not others and self.policy.concerns(caller.user, grants):
            raise LastFactor

    async def tell(self, caller: SignedInUser, event: FactorEvent) -> None:
        """The owner hears of it, and whoever else is signed in is not any more.

        They may be the reason for the change, or the one who made it.
        """
        await self.auth.sessions.end_all(caller.user.id, keep=caller.session.id)
        await self.auth.work.publish(event)
