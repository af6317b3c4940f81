"""What the endpoints of users ask for."""

from typing import Annotated

from fastapi import Depends
from fastapi.params import Depends as Dependency

from app.core.caller import OptionalCaller, require
from app.modules.auth import CurrentAuth, OwnerOnly
from app.modules.users.composition import Users
from app.modules.users.models import Powers


def users_of_request(auth: CurrentAuth, caller: OptionalCaller) -> Users:
    """With the powers of who is calling: none for strangers, who may accept an invitation."""
    powers = Powers(caller.permissions, caller.is_admin) if caller else Powers()
    return Users(auth, powers)


CurrentUsers = Annotated[Users, Depends(users_of_request)]


def reading(permission: str) -> list[Dependency]:
    return [Depends(require(permission))]


def managing(permission: str) -> list[Dependency]:
    """Accounts are managed in one's own name, never by acting for somebody."""
    return [Depends(require(permission)), OwnerOnly]
