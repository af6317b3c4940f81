"""How often somebody may be wrong, over all factors and challenges."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from app.modules.auth import Surroundings, UserId
from app.modules.two_factor.exceptions import TooManyAttempts
from app.modules.two_factor.repositories import WrongAnswersRepository


@dataclass(frozen=True, kw_only=True)
class Attempts:
    wrong: WrongAnswersRepository
    most: int
    lockout: timedelta
    world: Surroundings

    @asynccontextmanager
    async def one(self, user_id: UserId) -> AsyncIterator[None]:
        """Look at an answer inside. Raises `TooManyAttempts` before it is looked at.

        Counted as wrong first, so that parallel guesses all count, and taken back if it was right.
        An error of ours rolls back, and costs nothing.
        """
        now = self.world.now()
        last = await self.wrong.count(user_id, most=self.most, quiet=self.lockout, now=now)
        if last is not None:
            raise TooManyAttempts(last + self.lockout - now)
        yield
        await self.wrong.take_back(user_id)
