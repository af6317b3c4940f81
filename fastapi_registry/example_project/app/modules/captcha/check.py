"""Captcha at core's `HUMAN_CHECKS`: who has to show a token, and which are accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import structlog

from app.core.client_address import UNKNOWN, client_range
from app.core.config import AppSettings
from app.core.crypto import hash_token
from app.core.human_checks import Attempt, PublicHumanCheck
from app.core.unit_of_work import UnitOfWork
from app.modules.captcha.exceptions import CaptchaFailed, CaptchaRequired, CaptchaUnavailable
from app.modules.captcha.providers import Provider, provider_of
from app.modules.captcha.recaptcha import Answer, ProviderDown, SiteVerify
from app.modules.captcha.rules import Expected, objection
from app.modules.captcha.settings import CaptchaSettings

log = structlog.get_logger(__name__)

_FAULTS_OF_THE_PROVIDER: Final = {"internal-error"}
_FAULTS_OF_OURS: Final = {
    "missing-input-secret",
    "invalid-input-secret",
    "invalid-sitekey",
    "sitekey-secret-mismatch",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptchaCheck:
    work: UnitOfWork
    settings: CaptchaSettings
    provider: Provider
    site_verify: SiteVerify
    hostnames: frozenset[str]

    async def check(self, attempt: Attempt) -> None:
        """Raises `CaptchaRequired`, `CaptchaFailed` or `CaptchaUnavailable`."""
        if not self.settings.asks(attempt.action, attempt.failures):
            return
        if not attempt.token:
            raise CaptchaRequired
        # Before the provider is asked: every question takes its time, and a bit of our quota.
        client = client_range(attempt.address)
        await self.work.limits.take(f"captcha:client:{client}", self.settings.rate_limit)
        try:
            answer = await self._ask(attempt)
        except ProviderDown as error:
            self._decide_alone(attempt, error)
        else:
            await self._accept(attempt, answer)

    def for_front_end(self, actions: Iterable[str]) -> PublicHumanCheck | None:
        if not self.settings.enabled:
            return None
        return PublicHumanCheck(
            provider=self.provider.name,
            site_key=self.settings.site_key,
            actions={action: self.settings.asked(action) for action in actions},
        )

    async def _ask(self, attempt: Attempt) -> Answer:
        """Raises `ProviderDown`, or `CaptchaUnavailable` if our keys are wrong."""
        form = {
            "secret": self.settings.secret_key.get_secret_value(),
            "response": attempt.token,
        }
        if attempt.address not in ("", UNKNOWN):
            form["remoteip"] = attempt.address
        if self.provider.wants_site_key:
            form["sitekey"] = self.settings.site_key
        url = self.settings.verify_url or self.provider.verify_url
        answer = await self.site_verify.ask(url, form)
        if not _FAULTS_OF_THE_PROVIDER.isdisjoint(answer.error_codes):
            raise ProviderDown("an error of its own")
        if not _FAULTS_OF_OURS.isdisjoint(answer.error_codes):
            # Whatever CAPTCHA_WHEN_DOWN says: this does not pass by itself.
            log.error("captchas cannot be checked: the provider does not know our keys")
            raise CaptchaUnavailable
        return answer

    def _decide_alone(self, attempt: Attempt, error: ProviderDown) -> None:
        decided = self.settings.when_down
        log.warning(
            "captcha provider is down", decided=decided, action=attempt.action, error=str(error)
        )
        if decided == "refuse":
            raise CaptchaUnavailable from error

    async def _accept(self, attempt: Attempt, answer: Answer) -> None:
        reason = self._objection(attempt, answer)
        if reason is None and not await self._is_used_first(attempt.token):
            reason = "used before"
        if reason is not None:
            log.info("captcha failed", action=attempt.action, reason=reason)
            raise CaptchaFailed

    def _objection(self, attempt: Attempt, answer: Answer) -> str | None:
        if answer.success and self.provider.is_demonstrated_by(self.settings):
            return None
        expected = Expected(
            hostnames=self.hostnames,
            action=attempt.action if self.provider.tells_action else None,
            min_score=self.settings.min_score if self.provider.tells_score else None,
            lifetime=self.settings.token_lifetime,
        )
        return objection(answer, expected, self.work.now())

    async def _is_used_first(self, token: str) -> bool:
        """Of many who show one token at once, it is true for one.

        Providers see to it too, as a rule; of public keys all tokens are the same.
        """
        if self.provider.is_demonstrated_by(self.settings):
            return True
        # Longer than any token is fresh. Only its hash is kept, and only of tokens that are good:
        # made-up ones cannot fill the memory.
        remembered = self.settings.token_lifetime + timedelta(minutes=5)
        return await self.work.limits.is_first(f"captcha:{hash_token(token).hex()}", remembered)


def captcha_check(work: UnitOfWork) -> CaptchaCheck:
    settings = work.section(CaptchaSettings)
    frontend = urlsplit(work.section(AppSettings).frontend_url).hostname or ""
    return CaptchaCheck(
        work=work,
        settings=settings,
        provider=provider_of(settings),
        site_verify=work.kept(SiteVerify, lambda: SiteVerify(settings.timeout_seconds)),
        hostnames=frozenset(name.lower() for name in settings.hostnames or (frontend,)),
    )
