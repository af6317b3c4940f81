"""What goes in and out over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints

from app.core.schemas import ApiModel
from app.modules.auth import MOST_FAILED_LOGINS, Address, Name, Password, Token
from app.modules.users.models import Criteria, Profile, Sort

_ROLE_PATTERN = r"^[a-z][a-z0-9_-]{0,49}$"


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("This has control characters in it.")
    return value


RoleName = Annotated[str, StringConstraints(pattern=_ROLE_PATTERN)]
RoleInPath = Annotated[str, Path(pattern=_ROLE_PATTERN)]
About = Annotated[str, StringConstraints(max_length=200), AfterValidator(_one_line)]
PermissionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_:.-]{0,99}$")]


Sorted = Annotated[list[str], BeforeValidator(sorted)]


class _Strict(ApiModel):
    """Refuses what it does not know: `isAdmin` in a body is no oversight, but a try."""

    model_config = ConfigDict(extra="forbid")


class InviteRequest(_Strict):
    email: Address
    name: Name | None = None
    """Unless given: what stands before the @."""
    roles: Annotated[list[RoleName], Field(default_factory=list, max_length=20)]

    @property
    def called(self) -> str:
        return self.name or self.email.address.partition("@")[0]


class AcceptInvitationRequest(_Strict):
    token: Token
    password: Password
    name: Name | None = None


class UpdateUserRequest(_Strict):
    name: Name | None = None
    roles: Annotated[list[RoleName], Field(max_length=20)] | None = None
    """All of them, instead of those that are there."""


class CreateRoleRequest(_Strict):
    name: RoleName
    about: About = ""
    permissions: Annotated[set[PermissionName], Field(default_factory=set, max_length=500)]


class UpdateRoleRequest(_Strict):
    about: About | None = None
    permissions: Annotated[set[PermissionName], Field(max_length=500)] | None = None


class AccountResponse(ApiModel):
    id: UUID
    email: str
    name: str
    is_active: bool
    is_admin: bool
    email_verified: bool
    created_at: datetime
    last_login_at: datetime | None
    deletion_due_at: datetime | None
    """When it will be deleted, if it is closed."""


class ListedUserResponse(AccountResponse):
    roles: Sorted


class UserResponse(ListedUserResponse):
    permissions: Sorted
    two_factor_enabled: bool
    is_locked: bool
    """After too many wrong passwords in a row: a reset or an unlock starts anew."""

    @classmethod
    def of(cls, profile: Profile) -> "UserResponse":
        return cls(
            **AccountResponse.model_validate(profile.user).model_dump(),
            roles=list(profile.roles),
            permissions=list(profile.permissions),
            two_factor_enabled=profile.has_second_factor,
            is_locked=profile.user.failed_logins >= MOST_FAILED_LOGINS,
        )


class ClosedResponse(ApiModel):
    scheduled_for: datetime
    """When the account will be deleted. Until then it can be activated."""


class SessionResponse(ApiModel):
    id: UUID
    created_at: datetime
    refreshed_at: datetime = Field(serialization_alias="lastSeenAt")
    """When its tokens were last made."""
    expires_at: datetime
    ip: str
    user_agent: str
    methods: list[str]
    impersonator_id: UUID | None
    """Who acts for the user in it."""


class RoleResponse(ApiModel):
    name: str
    about: str
    permissions: Sorted
    is_built_in: bool


class PermissionResponse(ApiModel):
    name: str
    about: str


def _criteria(
    search: Annotated[
        str,
        Query(max_length=100, description="A part of the address or of the name"),
        AfterValidator(_one_line),
    ] = "",
    role: Annotated[RoleName | None, Query()] = None,
    is_active: Annotated[bool | None, Query(description="Whether they may sign in")] = None,
    include_inactive: Annotated[bool, Query(description="Also who may not")] = False,
    sort: Annotated[Sort | None, Query(description="The newest first, if not said")] = None,
) -> Criteria:
    return Criteria(
        search=search,
        role=role,
        is_active=is_active,
        include_inactive=include_inactive,
        sort=sort or Sort.NEWEST,
    )


Wanted = Annotated[Criteria, Depends(_criteria)]
