"""What the endpoints of users ask for."""

from typing import Annotated

from fastapi import Depends
from fastapi.params import Depends as Dependency

from app.core.caller import CurrentCaller, require
from app.modules.auth import CurrentAuth, OwnerOnly
from app.modules.users.composition import Users
from app.modules.users.models import Powers


def users_of_caller(auth: CurrentAuth, caller: CurrentCaller) -> Users:
    return Users(auth, Powers(caller.permissions, caller.is_admin))


def users_of_anybody(auth: CurrentAuth) -> Users:
    return Users(auth, Powers())


CurrentUsers = Annotated[Users, Depends(users_of_caller)]
"""With the powers of who is calling."""
PublicUsers = Annotated[Users, Depends(users_of_anybody)]
"""Without any powers: for who has nothing but a mailed token."""


def reading(permission: str) -> list[Dependency]:
    return [Depends(require(permission))]


def managing(permission: str) -> list[Dependency]:
    """Accounts are managed in one's own name, never by acting for somebody."""
    return [Depends(require(permission)), OwnerOnly]
