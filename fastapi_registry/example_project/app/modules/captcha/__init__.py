"""People and programs told apart by a captcha. Other blocks import from here, never from inside.

- On a route of yours: `@human_check("contact")`, with a body that is a `HumanRequest` of core.
- Blocks that ask at core's `HUMAN_CHECKS`, such as auth, need nothing from here.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from app.core.blocks import Block
from app.core.config import CoreSettings
from app.core.human_checks import HUMAN_CHECKS
from app.modules.captcha.check import captcha_check
from app.modules.captcha.decorators import human_check
from app.modules.captcha.exceptions import CaptchaFailed, CaptchaRequired, CaptchaUnavailable
from app.modules.captcha.providers import provider_of
from app.modules.captcha.settings import CaptchaSettings, RecaptchaSettings

__all__ = [
    "CaptchaFailed",
    "CaptchaRequired",
    "CaptchaSettings",
    "CaptchaUnavailable",
    "RecaptchaSettings",
    "block",
    "human_check",
]


def _problems(settings: CoreSettings) -> Iterable[str]:
    captcha = settings.section(CaptchaSettings)
    if not captcha.enabled:
        return
    if not captcha.secret_key.get_secret_value():
        yield "RECAPTCHA_SECRET_KEY is not set, and RECAPTCHA_ENABLED is true"
    if not captcha.site_key:
        yield "RECAPTCHA_SITE_KEY is not set, and RECAPTCHA_ENABLED is true"
    if settings.is_production():
        yield from _problems_in_production(captcha)


def _problems_in_production(captcha: CaptchaSettings) -> Iterable[str]:
    if provider_of(captcha).is_demonstrated_by(captcha):
        yield (
            "RECAPTCHA_SECRET_KEY or RECAPTCHA_SITE_KEY is the provider's public test key, with "
            "which everybody passes. Make keys of your own"
        )
    if captcha.verify_url and urlsplit(captcha.verify_url).scheme != "https":
        yield "RECAPTCHA_VERIFY_URL is not https: the secret key would travel in the clear"


block = Block(
    name="captcha",
    provides=[HUMAN_CHECKS.provided_by(captcha_check)],
    problems=_problems,
)
