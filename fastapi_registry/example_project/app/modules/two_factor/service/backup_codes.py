"""Backup codes as a factor: good once each, and only beside another factor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.modules.auth import SignedInUser, Surroundings, UserId, WrongAnswer
from app.modules.two_factor import backup_codes
from app.modules.two_factor.events import BackupCodesReplaced, BackupCodeUsed
from app.modules.two_factor.exceptions import NothingSetUp
from app.modules.two_factor.models import BACKUP_CODE
from app.modules.two_factor.repositories import BackupCodeRepository
from app.modules.two_factor.service.attempts import Attempts
from app.modules.two_factor.service.changes import Changes
from app.modules.two_factor.service.policy import Policy


@dataclass(frozen=True, kw_only=True)
class BackupCodes:
    """There are some exactly while another factor is set up."""

    name = BACKUP_CODE
    method = "otp"

    codes: BackupCodeRepository
    attempts: Attempts
    policy: Policy
    changes: Changes
    count: int
    patience: timedelta
    world: Surroundings

    def recognises(self, answer: str) -> bool:
        return backup_codes.looks_like_a_code(answer)

    async def is_enrolled(self, user_id: UserId) -> bool:
        return await self.left(user_id) > 0

    async def check(self, user_id: UserId, answer: str) -> None:
        """Raises `WrongAnswer`, also for one that was used, and `TooManyAttempts`."""
        async with self.attempts.one(user_id):
            if not await self.codes.use(user_id, backup_codes.hashed(user_id, answer)):
                raise WrongAnswer
        await self.world.publish(BackupCodeUsed(user_id=user_id, factor=self.name))

    async def reset(self, user_id: UserId) -> bool:
        """Nobody loses these alone: they go with the factors that they stand in for."""
        await self.codes.remove(user_id)
        return False

    async def forget_since(self, user_id: UserId, moment: datetime) -> None:
        """Those that were made from then on; and all of them, if they stand in for nothing now."""
        await self.codes.remove_since(user_id, moment)
        if not await self.policy.is_met(user_id):
            await self.codes.remove(user_id)

    async def left(self, user_id: UserId) -> int:
        return await self.codes.count(user_id)

    async def renew(self, user_id: UserId) -> Sequence[str]:
        """New ones, to be shown now and never again. The old ones are void.

        Part of a change: two at once would not see each other's codes, and leave both good.
        """
        new = [backup_codes.new_code() for _ in range(self.count)]
        hashes = [backup_codes.hashed(user_id, each) for each in new]
        await self.codes.replace(user_id, hashes, self.world.now())
        return new

    async def regenerate(self, caller: SignedInUser) -> Sequence[str]:
        """Raises `NothingSetUp`: alone they would be a second password."""
        await self.changes.begin(caller)
        if not await self.policy.is_met(caller.user.id):
            raise NothingSetUp
        new = await self.renew(caller.user.id)
        await self.changes.tell(
            caller, BackupCodesReplaced(user_id=caller.user.id, factor=self.name)
        )
        return new

    async def begin(self, user_id: UserId) -> Sequence[str]:
        """With the first factor: new ones. With another: none, since those on paper are good."""
        return [] if await self.left(user_id) else await self.renew(user_id)
