"""The factors that other blocks provide, seen together."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.modules.auth.exceptions import WrongAnswer
from app.modules.auth.interfaces import SecondFactor
from app.modules.auth.models import UserId


@dataclass(frozen=True, slots=True)
class SecondFactors:
    provided: Sequence[SecondFactor]

    async def enrolled(self, user_id: UserId) -> Sequence[SecondFactor]:
        """Those that the user has set up."""
        return [factor for factor in self.provided if await factor.is_enrolled(user_id)]

    async def prove(self, user_id: UserId, name: str, answer: str) -> str:
        """The method (RFC 8176) that a right answer proves. Raises `WrongAnswer`."""
        for factor in await self.enrolled(user_id):
            if factor.name == name:
                await factor.check(user_id, answer)
                return factor.method
        raise WrongAnswer("This second factor is not set up.")

    async def reset(self, user_id: UserId) -> bool:
        """Forget all that the user set up. False if there was nothing."""
        return any([await factor.reset(user_id) for factor in self.provided])
