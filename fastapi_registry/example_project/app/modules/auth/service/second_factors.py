"""The factors that other blocks provide, seen together."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.modules.auth.exceptions import WrongAnswer
from app.modules.auth.interfaces import DeviceTrust, SecondFactor
from app.modules.auth.models import UserId


@dataclass(frozen=True, slots=True)
class SecondFactors:
    provided: Sequence[SecondFactor]
    trust: Sequence[DeviceTrust] = ()
    device_token: str = ""
    """What the device shows to be trusted; empty if nothing."""

    async def enrolled(self, user_id: UserId) -> Sequence[SecondFactor]:
        """Those that the user has set up."""
        return [factor for factor in self.provided if await factor.is_enrolled(user_id)]

    async def to_ask(self, user_id: UserId) -> Sequence[SecondFactor]:
        """Those that are asked at a login: none on a device that the user trusts."""
        enrolled = await self.enrolled(user_id)
        return [] if enrolled and await self._is_trusted(user_id) else enrolled

    async def prove(self, user_id: UserId, answer: str, name: str | None = None) -> str:
        """The method (RFC 8176) that a right answer proves. Raises `WrongAnswer`.

        Without a name it is tried at the first factor that recognises it.
        """
        for factor in await self.enrolled(user_id):
            if factor.name == name or (name is None and factor.recognises(answer)):
                await factor.check(user_id, answer)
                return factor.method
        raise WrongAnswer("No second factor that is set up has such an answer.")

    async def _is_trusted(self, user_id: UserId) -> bool:
        if not self.device_token:
            return False
        return any([await trust.trusts(user_id, self.device_token) for trust in self.trust])

    async def reset(self, user_id: UserId) -> bool:
        """Forget all that the user set up. False if there was nothing."""
        return any([await factor.reset(user_id) for factor in self.provided])
