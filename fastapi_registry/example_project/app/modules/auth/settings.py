"""What auth can be told. Each name is an environment variable; README.md explains them."""

from datetime import timedelta
from functools import cached_property
from typing import Annotated, Final

from pydantic import BaseModel, Field, SecretStr, field_validator

from app.core.environment import Flat
from app.core.limiters import RateLimit, Rule
from app.modules.auth.addresses import EmailAddress
from app.modules.auth.browsers import AuthMode
from app.modules.auth.leaked_passwords import LeakedPasswords, WhenDown
from app.modules.auth.models import Lifetimes
from app.modules.auth.passwords import LEAST_MEMORY_KIB, LEAST_PASSES, Hashing
from app.modules.auth.signing_keys import Algorithm

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)


class AuthSettings(BaseModel):
    """The secrets that sign tokens are core's: see `SecuritySettings`."""

    registration_enabled: Annotated[bool, Flat("REGISTRATION_ENABLED")] = True
    email_verification_required: Annotated[bool, Flat("EMAIL_VERIFICATION_REQUIRED")] = True
    """False lets anybody find out who has an account: the answer to a taken e-mail tells."""

    password_min_length: Annotated[int, Field(ge=8, le=64), Flat("PASSWORD_MIN_LENGTH")] = 12
    password_hash_memory_kib: Annotated[
        int, Field(ge=8, le=2**21), Flat("PASSWORD_HASH_MEMORY_KIB")
    ] = LEAST_MEMORY_KIB
    password_hash_passes: Annotated[int, Field(ge=1, le=100), Flat("PASSWORD_HASH_PASSES")] = (
        LEAST_PASSES
    )
    """Less of either is for tests alone: only `ENVIRONMENT=test` starts with it."""
    password_peppers: Annotated[SecretStr, Flat("PASSWORD_PEPPERS")] = SecretStr("")
    """Separated by commas, the newest first. Hashes are made with it, and stored without it."""

    leaked_passwords_refused: Annotated[bool, Flat("LEAKED_PASSWORDS_REFUSED")] = False
    leaked_passwords_url: Annotated[str, Flat("LEAKED_PASSWORDS_URL")] = (
        "https://api.pwnedpasswords.com/range"
    )
    leaked_passwords_timeout: Annotated[
        float, Field(gt=0, le=30), Flat("LEAKED_PASSWORDS_TIMEOUT_SECONDS")
    ] = 2
    leaked_passwords_when_down: Annotated[WhenDown, Flat("LEAKED_PASSWORDS_WHEN_DOWN")] = "accept"

    jwt_algorithm: Annotated[Algorithm, Flat("JWT_ALGORITHM")] = "HS256"
    """With ES256 and EdDSA others can check tokens, by the keys in `/.well-known/jwks.json`."""
    jwt_issuer: Annotated[str, Field(min_length=1), Flat("JWT_ISSUER")] = "auth"
    jwt_audience: Annotated[str, Field(min_length=1), Flat("JWT_AUDIENCE")] = "api"
    access_token_minutes: Annotated[
        int, Field(ge=1, le=60), Flat("ACCESS_TOKEN_EXPIRES_MINUTES")
    ] = 15
    refresh_token_days: Annotated[int, Field(ge=1), Flat("REFRESH_TOKEN_EXPIRES_DAYS")] = 14
    """How long a refresh token waits to be used. The earliest end of a session wins."""
    session_idle_days: Annotated[float, Field(gt=0), Flat("SESSION_IDLE_DAYS")] = 14
    session_absolute_days: Annotated[int, Field(ge=1), Flat("SESSION_ABSOLUTE_DAYS")] = 30
    sessions_per_user: Annotated[int, Field(ge=1), Flat("SESSIONS_PER_USER")] = 20
    """One more ends the oldest."""
    step_up_minutes: Annotated[int, Field(ge=1), Flat("STEP_UP_MINUTES")] = 10

    password_reset_hours: Annotated[
        float, Field(gt=0, le=24), Flat("PASSWORD_RESET_TOKEN_EXPIRES_HOURS")
    ] = 1
    email_change_needs_approval: Annotated[bool, Flat("EMAIL_CHANGE_NEEDS_APPROVAL")] = False
    """Whether the reader of the old address must agree before the new one is asked."""
    email_link_minutes: Annotated[int, Field(ge=1, le=1440), Flat("EMAIL_LINK_EXPIRES_MINUTES")] = (
        60
    )
    account_deletion_days: Annotated[int, Field(ge=0), Flat("ACCOUNT_DELETION_GRACE_DAYS")] = 14

    register_rate_limit: Annotated[RateLimit, Flat("AUTH_REGISTER_RATE_LIMIT")] = Rule(20, _HOUR)
    login_rate_limit: Annotated[RateLimit, Flat("AUTH_LOGIN_RATE_LIMIT")] = Rule(10, _MINUTE)
    refresh_rate_limit: Annotated[RateLimit, Flat("AUTH_REFRESH_RATE_LIMIT")] = Rule(60, _MINUTE)
    password_change_rate_limit: Annotated[RateLimit, Flat("AUTH_PASSWORD_CHANGE_RATE_LIMIT")] = (
        Rule(5, _MINUTE)
    )
    mail_rate_limit: Annotated[RateLimit, Flat("AUTH_MAIL_RATE_LIMIT")] = Rule(5, _HOUR)

    auth_mode: Annotated[AuthMode, Flat("AUTH_MODE")] = "bearer"
    """Where a session is kept: `bearer` tokens in the hands of the client, or `cookie`s. With
    `both`, browsers get cookies and programs get tokens."""
    cookie_secure: Annotated[bool | None, Flat("AUTH_COOKIE_SECURE")] = None
    """Whether cookies want TLS. Not set: everywhere but in development."""

    seed_email: Annotated[str, Flat("AUTH_SEED_EMAIL")] = ""
    """With a password: a user who is there when the app has started. Not in production."""
    seed_password: Annotated[SecretStr, Flat("AUTH_SEED_PASSWORD")] = SecretStr("")
    seed_admin: Annotated[bool, Flat("AUTH_SEED_ADMIN")] = False

    @field_validator("leaked_passwords_url")
    @classmethod
    def _is_on_the_web(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value

    @field_validator("seed_email")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        return EmailAddress.parse(value).address if value else value

    def sets_secure_cookies(self, environment: str) -> bool:
        if self.cookie_secure is not None:
            return self.cookie_secure
        return environment not in ("local", "development")

    @property
    def hashing(self) -> Hashing:
        return Hashing.costing(
            self.password_hash_memory_kib, self.password_hash_passes, self.peppers
        )

    @property
    def peppers(self) -> tuple[str, ...]:
        listed = self.password_peppers.get_secret_value().split(",")
        return tuple(pepper.strip() for pepper in listed if pepper.strip())

    @property
    def leaked_passwords(self) -> LeakedPasswords | None:
        if not self.leaked_passwords_refused:
            return None
        return LeakedPasswords(
            url=self.leaked_passwords_url,
            timeout=timedelta(seconds=self.leaked_passwords_timeout),
            when_down=self.leaked_passwords_when_down,
        )

    @property
    def hashes_too_quickly(self) -> bool:
        """Whoever steals the hashes could try too many passwords a second."""
        cost = (self.password_hash_memory_kib, self.password_hash_passes)
        return cost[0] < LEAST_MEMORY_KIB or cost[1] < LEAST_PASSES

    @cached_property
    def lifetimes(self) -> Lifetimes:
        return Lifetimes(
            access_token=timedelta(minutes=self.access_token_minutes),
            session_idle=timedelta(days=min(self.session_idle_days, self.refresh_token_days)),
            session_absolute=timedelta(days=self.session_absolute_days),
            step_up=timedelta(minutes=self.step_up_minutes),
            password_reset=timedelta(hours=self.password_reset_hours),
            email_link=timedelta(minutes=self.email_link_minutes),
            deletion_grace=timedelta(days=self.account_deletion_days),
        )
