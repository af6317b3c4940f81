"""What can go wrong in captcha.

BlockError
├── CaptchaRequired       400 captcha_required
├── CaptchaFailed         400 captcha_failed
└── CaptchaUnavailable    503 captcha_unavailable
"""

from collections.abc import Mapping

from app.core.errors import BlockError


class CaptchaRequired(BlockError):
    status, code, title = 400, "captcha_required", "Captcha required"
    message = "Show that you are human: solve a captcha, and send its token as `captchaToken`."


class CaptchaFailed(BlockError):
    """Forged, used, too old, from elsewhere, for something else, or a low score: never says which.

    Whoever writes a bot would learn from the reason. It is in the log.
    """

    status, code, title = 400, "captcha_failed", "Captcha failed"
    message = "The captcha was not accepted. Solve a new one."


class CaptchaUnavailable(BlockError):
    status, code, title = 503, "captcha_unavailable", "Captcha unavailable"
    message = "Captchas cannot be checked at the moment. Try again later."

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": "30"}
