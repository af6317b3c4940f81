"""What goes in and out over HTTP."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from app.core.human_checks import HumanRequest, HumanToken, PublicHumanCheck
from app.core.schemas import ApiModel, JsonObject
from app.modules.auth.addresses import LONGEST_ADDRESS, EmailAddress


def _address(value: object) -> EmailAddress:
    if not isinstance(value, str):
        raise ValueError("This is not an e-mail address.")
    return EmailAddress.parse(value)


def _one_line(value: str) -> str:
    if any(unicodedata.category(character).startswith("C") for character in value):
        raise ValueError("A name has no control characters.")
    return value


Address = Annotated[
    EmailAddress,
    PlainValidator(_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": LONGEST_ADDRESS}),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_one_line),
]
Password = Annotated[str, Field(json_schema_extra={"format": "password"})]
"""Without bounds here: the service checks them, and says which one was missed."""
Token = Annotated[str, Field(max_length=512)]
LoginName = Annotated[str, Field(max_length=LONGEST_ADDRESS)]
"""Any text as long as an address: what is none fails like an unknown one."""


class RegisterRequest(HumanRequest):
    email: Address
    password: Password
    name: Name


class LoginRequest(HumanRequest):
    email: LoginName
    password: Password


class TokenForm(BaseModel):
    """The form of RFC 6749, sections 4.3.2 and 6. Empty is missing: the RFC has its own errors."""

    model_config = ConfigDict(str_min_length=0)  # no halves of characters: see `ApiModel`

    grant_type: str = ""
    username: LoginName = ""
    password: Password = ""
    refresh_token: Token = ""
    otp: Annotated[str, Field(max_length=64)] = ""
    """The code of a second factor, for those who have one."""
    captcha_token: HumanToken | None = None
    scope: str = ""
    client_id: str | None = None
    client_secret: Password | None = None


class TokenResponse(BaseModel):
    """The one answer in snake_case (RFC 6749, section 5.1)."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - RFC 6750, no secret
    expires_in: int


class RefreshRequest(ApiModel):
    refresh_token: Token | None = None
    """Browsers leave it out: theirs is a cookie."""


class LogoutRequest(ApiModel):
    refresh_token: Token | None = None
    all_sessions: bool = False


class EmailRequest(HumanRequest):
    email: Address


class TokenRequest(ApiModel):
    token: Token


class ResetPasswordRequest(ApiModel):
    token: Token
    new_password: Password


class ChangePasswordRequest(ApiModel):
    current_password: Password
    new_password: Password
    revoke_other_sessions: bool = True


class ChangeEmailRequest(ApiModel):
    new_email: Address


class ReauthenticateRequest(ApiModel):
    """One of them."""

    password: Password | None = None
    totp_code: Annotated[str, Field(max_length=32)] | None = None
    backup_code: Annotated[str, Field(max_length=64)] | None = None
    credential: JsonObject | None = None
    """What the browser's authenticator answered."""


class DeleteAccountRequest(ApiModel):
    password: Password | None = None
    confirmation: Annotated[str, Field(max_length=64)]


class UpdateMeRequest(ApiModel):
    name: Name


class UserResponse(ApiModel):
    id: UUID
    email: str
    name: str
    is_active: bool
    is_admin: bool
    email_verified: bool
    created_at: datetime
    last_login_at: datetime | None


class MeResponse(UserResponse):
    roles: list[str]
    permissions: list[str]
    two_factor_enabled: bool
    impersonator_id: UUID | None
    """Who acts for the user just now, for a front end to say so."""


class AccessTokensResponse(ApiModel):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - RFC 6750, no secret
    expires_in: int
    """Seconds until the access token expires."""


class SessionCookiesResponse(ApiModel):
    """Instead of tokens, for browsers: those stand in cookies that no script can read."""

    expires_in: int
    """Seconds until it is time to refresh."""
    csrf_token: str
    """To be sent as `X-CSRF-Token` with every write."""


class CookieLoginResponse(SessionCookiesResponse):
    user: UserResponse


class CsrfResponse(ApiModel):
    csrf_token: str | None
    """None while nobody is signed in by cookies."""


class LoginResponse(AccessTokensResponse):
    user: UserResponse


class TwoFactorRequired(ApiModel):
    requires_two_factor: Literal[True] = True
    two_factor_token: str
    methods: list[str]
    preferred_method: str
    allow_backup_codes: bool
    expires_at: datetime


class EmailVerified(ApiModel):
    verified: Literal[True] = True


class DeletionScheduled(ApiModel):
    scheduled_for: datetime


class SessionResponse(ApiModel):
    id: UUID
    created_at: datetime
    last_seen_at: datetime
    """When its tokens were last made."""
    expires_at: datetime
    ip: str
    user_agent: str
    methods: list[str]
    current: bool
    impersonator_id: UUID | None
    """Who acted for you in it."""


class SecurityEventResponse(ApiModel):
    id: UUID
    kind: str
    at: datetime
    session_id: UUID | None
    ip: str
    user_agent: str


class KeySet(BaseModel):
    keys: list[Mapping[str, str]]


class ConfigResponse(ApiModel):
    """What a front end needs to know before anybody is signed in."""

    registration_enabled: bool
    email_verification_required: bool
    password_min_length: int
    password_max_length: int
    auth_mode: Literal["bearer", "cookie", "both"]
    human_checks: list[PublicHumanCheck]
    """What asks for a `captchaToken`, and when. Empty if nothing does."""
