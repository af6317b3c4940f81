"""What the services ask of their storage."""

from abc import ABC, abstractmethod
from collections.abc import Sequence, Set

from app.modules.auth import Grants, UserId
from app.modules.users.models import Criteria, Headcount, ListedUser, Role


class RoleRepositoryInterface(ABC):
    """Where roles are kept, and who has which."""

    @abstractmethod
    async def all(self) -> Sequence[Role]:
        """By name."""

    @abstractmethod
    async def by_name(self, name: str) -> Role | None: ...

    @abstractmethod
    async def add(self, role: Role) -> None:
        """Raises `RoleExists`, also when two are added at the same moment."""

    @abstractmethod
    async def save(self, role: Role) -> None:
        """What it is about, and its permissions.

        Raises `RoleNotFound` if it was deleted meanwhile.
        """

    @abstractmethod
    async def delete(self, name: str) -> None:
        """Whoever holds it loses it."""

    @abstractmethod
    async def of(self, user_id: UserId) -> frozenset[str]:
        """Those that were given to the user.

        Nobody else can give or take any until the unit of work ends.
        """

    @abstractmethod
    async def give(self, user_id: UserId, names: Set[str]) -> None:
        """Raises `UnknownRole`."""

    @abstractmethod
    async def take(self, user_id: UserId, names: Set[str]) -> None: ...

    @abstractmethod
    async def grants(self, user_id: UserId) -> Grants:
        """By one query: this is on the path of every request."""


class DirectoryInterface(ABC):
    """Finds people."""

    @abstractmethod
    async def page(self, wanted: Criteria, *, skip: int, limit: int) -> Sequence[ListedUser]:
        """In an order that never leaves two of them undecided."""

    @abstractmethod
    async def count(self, wanted: Criteria) -> int: ...

    @abstractmethod
    async def headcount(self) -> Headcount: ...
