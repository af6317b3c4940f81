"""When a provider's "yes" is enough: a real token may be from elsewhere, or for something else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.modules.captcha.recaptcha import Answer

_CLOCKS_DIFFER_BY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    hostnames: Collection[str]
    action: str | None
    """None where the provider does not tell."""
    min_score: float | None
    """None where the provider does not tell."""
    lifetime: timedelta


def objection(answer: Answer, expected: Expected, now: datetime) -> str | None:
    """Why the token is not accepted, for the log; None if it is."""
    if not answer.success:
        return f"refused by the provider: {' '.join(answer.error_codes)[:200] or 'no reason'}"
    if (answer.hostname or "").lower() not in expected.hostnames:
        # A page of somebody else, with our public site key, could let its visitors solve ours.
        return "solved on another site"
    if expected.action is not None and answer.action != expected.action:
        # A score for reading the home page says little about who registers.
        return "solved for another action"
    if expected.min_score is not None and not (answer.score or 0) >= expected.min_score:
        return "the score is too low"
    if answer.solved_at is None or not _is_fresh(answer.solved_at, expected.lifetime, now):
        return "solved too long ago"
    return None


def _is_fresh(solved_at: datetime, lifetime: timedelta, now: datetime) -> bool:
    return now - lifetime - _CLOCKS_DIFFER_BY <= solved_at <= now + _CLOCKS_DIFFER_BY
