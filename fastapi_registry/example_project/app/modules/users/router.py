"""Users and roles over HTTP. Each endpoint is one call of a use case; see `service/`."""

from uuid import UUID

from fastapi import Response, status

from app.core.pagination import Paging
from app.core.routing import BlockRouter
from app.core.schemas import Message, Page
from app.modules.auth import (
    CurrentUser,
    FreshSession,
    TokensAnswer,
    tokens_answer,
)
from app.modules.users import permissions, schemas
from app.modules.users.dependencies import CurrentUsers, PublicUsers, managing, reading
from app.modules.users.models import Role

users = BlockRouter(prefix="/users", tags=["users"])
roles = BlockRouter(tags=["roles"])


@users.get("", dependencies=reading(permissions.READ))
async def list_users(
    asked: CurrentUsers, wanted: schemas.Wanted, paging: Paging
) -> Page[schemas.ListedUserResponse]:
    skip, limit = paging.skip, paging.limit
    found, total = await asked.people.page(wanted, skip=skip, limit=limit)
    items = [schemas.ListedUserResponse.model_validate(user) for user in found]
    return Page(items=items, total=total, skip=skip, limit=limit)


@users.post("", dependencies=managing(permissions.CREATE), status_code=status.HTTP_201_CREATED)
async def invite_user(body: schemas.InviteRequest, asked: CurrentUsers) -> schemas.UserResponse:
    """Makes an account and mails a link, with which its owner chooses a password."""
    user = await asked.invitations.invite(body.email, body.called, body.roles)
    return schemas.UserResponse.of(await asked.people.profile(user.id))


@users.post("/invitations/accept")
async def accept_invitation(body: schemas.AcceptInvitationRequest, asked: PublicUsers) -> Message:
    await asked.invitations.accept(body.token, body.password, body.name)
    return Message(message="Welcome. Sign in with your new password.")


@users.get("/me")
async def get_own_user(caller: CurrentUser, asked: CurrentUsers) -> schemas.UserResponse:
    return schemas.UserResponse.of(await asked.people.profile_of(caller))


@users.get("/{user_id}", dependencies=reading(permissions.READ))
async def get_user(user_id: UUID, asked: CurrentUsers) -> schemas.UserResponse:
    return schemas.UserResponse.of(await asked.people.profile(user_id))


@users.patch("/{user_id}", dependencies=managing(permissions.UPDATE))
async def update_user(
    user_id: UUID, body: schemas.UpdateUserRequest, asked: CurrentUsers
) -> schemas.UserResponse:
    """`roles` needs `roles:assign` too, and replaces those that are there."""
    user = await asked.people.manageable(user_id)
    if body.roles is not None:
        await asked.roles.assign(user, body.roles)
    if body.name is not None:
        await asked.accounts.rename(user_id, body.name)
    return schemas.UserResponse.of(await asked.people.profile(user_id))


@users.delete(
    "/{user_id}", dependencies=managing(permissions.DELETE), status_code=status.HTTP_202_ACCEPTED
)
async def close_user(user_id: UUID, asked: CurrentUsers, _: FreshSession) -> schemas.ClosedResponse:
    """Closes the account at once, and deletes it after a time of grace."""
    return schemas.ClosedResponse(scheduled_for=await asked.accounts.close(user_id))


@users.delete(
    "/{user_id}/hard",
    dependencies=managing(permissions.DELETE),
    status_code=status.HTTP_204_NO_CONTENT,
)
async def erase_user(user_id: UUID, asked: CurrentUsers, _: FreshSession) -> None:
    await asked.accounts.erase(user_id)


@users.post("/{user_id}/activate", dependencies=managing(permissions.UPDATE))
async def activate_user(user_id: UUID, asked: CurrentUsers) -> schemas.UserResponse:
    """Also takes a deletion back. Sessions that were ended stay ended."""
    user = await asked.accounts.activate(user_id)
    return schemas.UserResponse.of(await asked.people.profile_of(user))


@users.post("/{user_id}/deactivate", dependencies=managing(permissions.UPDATE))
async def deactivate_user(user_id: UUID, asked: CurrentUsers) -> schemas.UserResponse:
    user = await asked.accounts.deactivate(user_id)
    return schemas.UserResponse.of(await asked.people.profile_of(user))


@users.post("/{user_id}/unlock", dependencies=managing(permissions.UPDATE))
async def unlock_user(user_id: UUID, asked: CurrentUsers) -> schemas.UserResponse:
    user = await asked.accounts.unlock(user_id)
    return schemas.UserResponse.of(await asked.people.profile_of(user))


@users.post(
    "/{user_id}/send-password-reset",
    dependencies=managing(permissions.UPDATE),
    status_code=status.HTTP_202_ACCEPTED,
)
async def send_password_reset(user_id: UUID, asked: CurrentUsers) -> Message:
    await asked.accounts.send_password_reset(user_id)
    return Message(message="A mail with a link is on its way.")


@users.post("/{user_id}/impersonate", dependencies=managing(permissions.IMPERSONATE))
async def impersonate_user(
    user_id: UUID, asked: CurrentUsers, caller: FreshSession, response: Response
) -> TokensAnswer:
    """Tokens of a short session in which you act for the user. `POST /auth/logout` ends it."""
    tokens = await asked.accounts.impersonate(caller, user_id)
    return tokens_answer(tokens, asked.auth, response)


@users.get("/{user_id}/sessions", dependencies=reading(permissions.READ))
async def list_user_sessions(user_id: UUID, asked: CurrentUsers) -> list[schemas.SessionResponse]:
    found = await asked.accounts.sessions(user_id)
    return [schemas.SessionResponse.model_validate(session) for session in found]


@users.delete(
    "/{user_id}/sessions",
    dependencies=managing(permissions.UPDATE),
    status_code=status.HTTP_204_NO_CONTENT,
)
async def end_user_sessions(user_id: UUID, asked: CurrentUsers) -> None:
    await asked.accounts.end_sessions(user_id)


@users.delete(
    "/{user_id}/two-factor",
    dependencies=managing(permissions.RESET_TWO_FACTOR),
    status_code=status.HTTP_204_NO_CONTENT,
)
async def reset_user_two_factor(user_id: UUID, asked: CurrentUsers, _: FreshSession) -> None:
    """For those who lost theirs: the password alone opens the account then."""
    await asked.accounts.reset_second_factors(user_id)


@roles.get("/roles", dependencies=reading(permissions.READ_ROLES))
async def list_roles(asked: CurrentUsers) -> list[schemas.RoleResponse]:
    return [schemas.RoleResponse.model_validate(role) for role in await asked.roles.all()]


@roles.post(
    "/roles",
    dependencies=managing(permissions.WRITE_ROLES),
    status_code=status.HTTP_201_CREATED,
)
async def create_role(body: schemas.CreateRoleRequest, asked: CurrentUsers) -> schemas.RoleResponse:
    role = Role(body.name, body.about, frozenset(body.permissions))
    return schemas.RoleResponse.model_validate(await asked.roles.create(role))


@roles.patch("/roles/{name}", dependencies=managing(permissions.WRITE_ROLES))
async def update_role(
    name: schemas.RoleInPath, body: schemas.UpdateRoleRequest, asked: CurrentUsers
) -> schemas.RoleResponse:
    """Counts for whoever holds it from their next request on."""
    role = await asked.roles.change(name, about=body.about, permissions=body.permissions)
    return schemas.RoleResponse.model_validate(role)


@roles.delete(
    "/roles/{name}",
    dependencies=managing(permissions.WRITE_ROLES),
    status_code=status.HTTP_204_NO_CONTENT,
)
async def delete_role(name: schemas.RoleInPath, asked: CurrentUsers) -> None:
    await asked.roles.delete(name)


@roles.get("/permissions", dependencies=reading(permissions.READ_ROLES))
async def list_permissions(asked: CurrentUsers) -> list[schemas.PermissionResponse]:
    """All that the installed blocks ask for."""
    known = asked.roles.permissions
    return [schemas.PermissionResponse.model_validate(permission) for permission in known]


router = BlockRouter(tags=[])
router.include_router(users)
router.include_router(roles)
