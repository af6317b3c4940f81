"""What the providers differ in. The protocol is one: see `recaptcha.py`."""

from dataclasses import dataclass
from typing import Final

from app.modules.captcha.settings import CaptchaSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    name: str
    """As the front end is told it: whose script to load."""
    verify_url: str
    tells_action: bool = False
    """Whether an answer names the action that the page asked the captcha for."""
    tells_score: bool = False
    """Whether an answer says how human it was: 1 is human, 0 is not."""
    wants_site_key: bool = False
    """Whether it checks that a token is of our site key, if we send it."""
    public_keys: frozenset[str] = frozenset()
    """Published for tests, secrets and site keys: with them everybody passes."""

    def is_demonstrated_by(self, settings: CaptchaSettings) -> bool:
        """Whether one of the keys is a public one. Their answers are of no page in particular."""
        keys = {settings.secret_key.get_secret_value(), settings.site_key}
        return not self.public_keys.isdisjoint(keys)


_GOOGLE: Final = "https://www.google.com/recaptcha/api/siteverify"

# https://developers.google.com/recaptcha/docs/faq
_KEYS_OF_GOOGLE: Final = frozenset(
    {
        "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe",
        "6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI",
    }
)

RECAPTCHA_V2: Final = Provider(name="recaptcha_v2", verify_url=_GOOGLE, public_keys=_KEYS_OF_GOOGLE)

RECAPTCHA_V3: Final = Provider(
    name="recaptcha_v3",
    verify_url=_GOOGLE,
    tells_action=True,
    tells_score=True,
    public_keys=_KEYS_OF_GOOGLE,
)

TURNSTILE: Final = Provider(
    name="turnstile",
    verify_url="https://challenges.cloudflare.com/turnstile/v0/siteverify",
    tells_action=True,
    # https://developers.cloudflare.com/turnstile/troubleshooting/testing/
    public_keys=frozenset(
        {
            *(f"{kind}x0000000000000000000000000000000AA" for kind in "123"),
            "1x00000000000000000000AA",
            "2x00000000000000000000AB",
            "1x00000000000000000000BB",
            "2x00000000000000000000BB",
            "3x00000000000000000000FF",
        }
    ),
)

HCAPTCHA: Final = Provider(
    name="hcaptcha",
    verify_url="https://api.hcaptcha.com/siteverify",
    wants_site_key=True,
    # https://docs.hcaptcha.com/#integration-testing-test-keys
    public_keys=frozenset(
        {
            "0x0000000000000000000000000000000000000000",
            "10000000-ffff-ffff-ffff-000000000001",
            "20000000-ffff-ffff-ffff-000000000002",
            "30000000-ffff-ffff-ffff-000000000003",
        }
    ),
)


def provider_of(settings: CaptchaSettings) -> Provider:
    match settings.provider:
        case "recaptcha":
            return RECAPTCHA_V2 if settings.version == "v2" else RECAPTCHA_V3
        case "turnstile":
            return TURNSTILE
        case "hcaptcha":
            return HCAPTCHA
