"""What two_factor can be told. Each name is an environment variable; README.md explains them."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator

from app.core.environment import CommaList, Flat
from app.modules.two_factor.models import Algorithm, TotpParameters

EVERYBODY = "*"


class TwoFactorSettings(BaseModel):
    encryption_key: Annotated[SecretStr, Flat("TWO_FACTOR_ENCRYPTION_KEY")] = SecretStr("")
    """Seals the secrets of authenticator apps. Losing it disables every one of them. Not set: the
    app's `SECRET_KEY`, but not in production, where the two rotate at times of their own."""
    previous_encryption_keys: Annotated[SecretStr, Flat("TWO_FACTOR_PREVIOUS_ENCRYPTION_KEYS")] = (
        SecretStr("")
    )
    """Separated by commas. They open what they sealed, and seal nothing more."""

    totp_issuer: Annotated[str, Field(max_length=64), Flat("TOTP_ISSUER")] = ""
    """What apps show above the code. Not set: `APP_NAME`."""
    totp_algorithm: Annotated[Algorithm, Flat("TOTP_ALGORITHM")] = "SHA1"
    """Many apps know no other, and the weakness of SHA-1 is of no use here (RFC 6238, B)."""
    totp_period: Annotated[int, Field(ge=15, le=120), Flat("TOTP_PERIOD")] = 30
    totp_digits: Annotated[int, Field(ge=6, le=8), Flat("TOTP_DIGITS")] = 6
    totp_time_window: Annotated[int, Field(ge=0, le=2), Flat("TOTP_TIME_WINDOW")] = 1
    """How many periods a clock may be wrong, either way."""

    backup_codes_count: Annotated[int, Field(ge=10, le=20), Flat("BACKUP_CODES_COUNT")] = 10

    webauthn_rp_id: Annotated[str, Flat("WEBAUTHN_RP_ID")] = ""
    """The domain that passkeys belong to, for good. Not set: the host of the first origin."""
    webauthn_rp_name: Annotated[str, Field(max_length=64), Flat("WEBAUTHN_RP_NAME")] = ""
    """What browsers show. Not set: `APP_NAME`."""
    webauthn_origin: Annotated[CommaList, Flat("WEBAUTHN_ORIGIN")] = ()
    """The pages that may ask for passkeys, such as `https://shop.example`. Not set: the front
    end's, by `FRONTEND_URL`."""
    webauthn_timeout: Annotated[int, Field(ge=10_000, le=300_000), Flat("WEBAUTHN_TIMEOUT")] = (
        300_000
    )
    """Milliseconds, as WebAuthn has it."""
    passkeys_per_user: Annotated[int, Field(ge=1, le=50), Flat("PASSKEYS_PER_USER")] = 10

    token_minutes: Annotated[
        float, Field(gt=0, le=10), Flat("TWO_FACTOR_TOKEN_EXPIRES_MINUTES")
    ] = 5
    setup_minutes: Annotated[float, Field(gt=0, le=60), Flat("SETUP_TOKEN_EXPIRES_MINUTES")] = 10

    most_attempts: Annotated[int, Field(ge=1, le=10), Flat("MAX_VERIFICATION_ATTEMPTS")] = 10
    """Wrong answers of one account, to whatever it is asked, until it must wait."""
    lockout_minutes: Annotated[int, Field(ge=15, le=1440), Flat("VERIFICATION_LOCKOUT_MINUTES")] = (
        15
    )
    """How long it waits, counted from the last wrong one."""

    trusted_device_days: Annotated[int, Field(ge=0, le=30), Flat("TRUSTED_DEVICE_DAYS")] = 30
    """0: every login asks."""
    required_for: Annotated[CommaList, Flat("TWO_FACTOR_REQUIRED_FOR")] = ()
    """Roles that must have a second factor: `admin, moderator`; `*` for everybody."""

    @field_validator("webauthn_origin")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            if not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
                raise ValueError("write an origin as `https://shop.example`, without a path")
        return value

    @property
    def keys(self) -> tuple[str, ...]:
        """The one that seals, then the others that open."""
        listed = (self.encryption_key, self.previous_encryption_keys)
        texts = ",".join(secret.get_secret_value() for secret in listed).split(",")
        return tuple(text.strip() for text in texts if text.strip())

    @property
    def totp_parameters(self) -> TotpParameters:
        return TotpParameters(self.totp_algorithm, self.totp_digits, self.totp_period)

    @property
    def patience(self) -> timedelta:
        return timedelta(minutes=self.token_minutes)

    @property
    def lockout(self) -> timedelta:
        return timedelta(minutes=self.lockout_minutes)
