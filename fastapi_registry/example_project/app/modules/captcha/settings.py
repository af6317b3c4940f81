"""What captcha can be told. Each name is an environment variable; README.md explains them."""

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator

from app.core.environment import CommaList, Flat
from app.core.human_checks import Asked
from app.core.limiters import RateLimit, Rule


class RecaptchaSettings(BaseModel):
    """The account with the provider. The variables have kept their names: they hold for all."""

    enabled: Annotated[bool, Flat("RECAPTCHA_ENABLED")] = False
    secret_key: Annotated[SecretStr, Flat("RECAPTCHA_SECRET_KEY")] = SecretStr("")
    site_key: Annotated[str, Flat("RECAPTCHA_SITE_KEY")] = ""
    version: Annotated[Literal["v2", "v3"], Flat("RECAPTCHA_VERSION")] = "v3"
    """Of reCAPTCHA's keys: with v3 each token has an action and a score."""
    min_score: Annotated[float, Field(ge=0, le=1), Flat("RECAPTCHA_MIN_SCORE")] = 0.5
    verify_url: Annotated[str, Flat("RECAPTCHA_VERIFY_URL")] = ""
    """Not set: the provider's own."""

    @field_validator("verify_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not (urlsplit(value).scheme in ("http", "https") and urlsplit(value).hostname):
            raise ValueError("must begin with https:// and name a server")
        return value


class CaptchaSettings(RecaptchaSettings):
    """Who is asked, when, and what happens if nobody answers."""

    provider: Annotated[Literal["recaptcha", "turnstile", "hcaptcha"], Flat("CAPTCHA_PROVIDER")] = (
        "recaptcha"
    )
    after_failures_for: Annotated[CommaList, Flat("CAPTCHA_AFTER_FAILURES_FOR")] = ("login",)
    """Actions that ask only whoever failed before. All that neither list names ask always."""
    failures: Annotated[int, Field(ge=0, le=20), Flat("CAPTCHA_FAILURES")] = 3
    never_for: Annotated[CommaList, Flat("CAPTCHA_NEVER_FOR")] = ()
    when_down: Annotated[Literal["refuse", "allow"], Flat("CAPTCHA_WHEN_DOWN")] = "refuse"
    hostnames: Annotated[CommaList, Flat("CAPTCHA_HOSTNAMES")] = ()
    """Whose pages may solve a captcha for us. Not set: the host of `FRONTEND_URL`."""
    timeout_seconds: Annotated[float, Field(gt=0, le=30), Flat("CAPTCHA_TIMEOUT_SECONDS")] = 5
    token_seconds: Annotated[int, Field(ge=30, le=3600), Flat("CAPTCHA_TOKEN_SECONDS")] = 300
    """How long after it was solved a captcha is good."""
    rate_limit: Annotated[RateLimit, Flat("CAPTCHA_RATE_LIMIT")] = Rule(30, timedelta(minutes=1))

    @property
    def token_lifetime(self) -> timedelta:
        return timedelta(seconds=self.token_seconds)

    def asked(self, action: str) -> Asked:
        if not self.enabled or action in self.never_for:
            return Asked.NEVER
        if action in self.after_failures_for and self.failures:
            return Asked.AFTER_FAILURES
        return Asked.ALWAYS

    def asks(self, action: str, failures: int) -> bool:
        """Whether whoever failed so often must show a token for `action` now."""
        match self.asked(action):
            case Asked.ALWAYS:
                return True
            case Asked.AFTER_FAILURES:
                return failures >= self.failures
            case Asked.NEVER:
                return False
