"""Finding people, and telling whether one may manage them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.modules.auth import Auth, User, UserId
from app.modules.users.exceptions import BeyondYourRights, UserNotFound
from app.modules.users.interfaces import DirectoryInterface
from app.modules.users.models import Criteria, Headcount, ListedUser, Powers, Profile


@dataclass(frozen=True, kw_only=True)
class People:
    auth: Auth
    directory: DirectoryInterface
    powers: Powers
    """Of whoever asks."""

    async def page(
        self, wanted: Criteria, *, skip: int, limit: int
    ) -> tuple[Sequence[ListedUser], int]:
        """A part of them, and how many there are."""
        found = await self.directory.page(wanted, skip=skip, limit=limit)
        return found, await self.directory.count(wanted)

    async def headcount(self) -> Headcount:
        return await self.directory.headcount()

    async def profile(self, user_id: UserId) -> Profile:
        """Raises `UserNotFound`."""
        user = await self.auth.users.by_id(user_id)
        if user is None:
            raise UserNotFound
        return await self.profile_of(user)

    async def profile_of(self, user: User) -> Profile:
        grants = await self.auth.account.grants(user.id)
        enrolled = await self.auth.factors.enrolled(user.id)
        return Profile(user, grants.roles, grants.permissions, bool(enrolled))

    async def manageable(self, user_id: UserId) -> User:
        """Raises `UserNotFound`, or `BeyondYourRights` for who may do more than whoever asks."""
        profile = await self.profile(user_id)
        if not self.powers.cover(profile.powers):
            raise BeyondYourRights
        return profile.user
