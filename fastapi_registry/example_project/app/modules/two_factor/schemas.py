"""What goes in and out over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from app.core.schemas import ApiModel, JsonObject

_MOST_OF_A_CREDENTIAL = 32  # members, of which WebAuthn has ten or so


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("A name has no control characters.")
    return value


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(_printable),
]
Token = Annotated[str, Field(max_length=512)]
Code = Annotated[str, Field(max_length=64)]
Credential = Annotated[JsonObject, Field(max_length=_MOST_OF_A_CREDENTIAL)]
"""What `PublicKeyCredential.toJSON()` writes."""


class StatusResponse(ApiModel):
    enabled: bool
    """Whether a login asks for a second factor."""
    required: bool
    """Whether you must have one."""
    methods: list[str]
    preferred_method: str | None
    backup_codes_remaining: int


class MethodResponse(ApiModel):
    method: str
    enrolled: bool


class TotpStatusResponse(ApiModel):
    enabled: bool
    enabled_at: datetime | None = None
    last_used_at: datetime | None = None


class TotpSetupResponse(ApiModel):
    qr_code_uri: str
    """What the picture says: `otpauth://totp/…`."""
    qr_code_svg: str
    secret: str
    """For whoever types: base32."""
    setup_token: str
    expires_at: datetime


class TotpVerifyRequest(ApiModel):
    setup_token: Token
    code: Code


class BackupCodesResponse(ApiModel):
    backup_codes: list[str]
    """Shown now and never again. Empty if those from before are still good."""


class VerifyLoginRequest(ApiModel):
    two_factor_token: Token
    code: Code
    """Of the authenticator app, or a backup code."""
    trust_device: bool = False


class RegistrationRequest(ApiModel):
    credential: Credential
    name: Name = "Passkey"


class AuthenticationBegin(ApiModel):
    two_factor_token: Token | None = None
    """Left out by whoever signs in with a passkey alone."""


class AuthenticationRequest(AuthenticationBegin):
    credential: Credential
    trust_device: bool = False


class CeremonyResponse(ApiModel):
    public_key: dict[str, Any]
    """For `PublicKeyCredential.parse…OptionsFromJSON()`."""
    expires_at: datetime


class PasskeyResponse(ApiModel):
    id: UUID
    name: str
    backed_up: bool
    """Whether it is kept somewhere else too, and so is not lost with the device."""
    created_at: datetime
    last_used_at: datetime | None


class NewPasskeyResponse(BackupCodesResponse):
    passkey: PasskeyResponse


class RenameRequest(ApiModel):
    name: Name


class TrustedDeviceResponse(ApiModel):
    id: UUID
    ip: str
    user_agent: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
