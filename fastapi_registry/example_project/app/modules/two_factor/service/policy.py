"""Who must have a second factor."""

from collections.abc import Collection
from dataclasses import dataclass

from app.core.errors import BlockError
from app.modules.auth import Grants, SignedInUser, User, UserId
from app.modules.two_factor.exceptions import TwoFactorMissing
from app.modules.two_factor.repositories import PasskeyRepository, TotpRepository
from app.modules.two_factor.settings import EVERYBODY

_ADMIN = "admin"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A duty of auth's: without a factor, nothing can be done but to set one up."""

    required_for: Collection[str]
    secrets: TotpRepository
    passkeys: PasskeyRepository

    def concerns(self, user: User, grants: Grants) -> bool:
        roles = {*grants.roles, EVERYBODY} | ({_ADMIN} if user.is_admin else set())
        return not roles.isdisjoint(self.required_for)

    async def owed_by(self, caller: SignedInUser, grants: Grants) -> BlockError | None:
        if not self.concerns(caller.user, grants) or caller.session.is_proved_twice:
            return None
        if await self.is_met(caller.user.id):
            return None  # they did not prove it in this session: their device is trusted
        return TwoFactorMissing()

    async def is_met(self, user_id: UserId) -> bool:
        return await self.secrets.is_enrolled(user_id) or await self.passkeys.is_enrolled(user_id)
