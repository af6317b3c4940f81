"""A human should do this. Core has the word; a block such as captcha knows how to tell.

A use case says it by the name of what is done: `await visitor.must_be_human("contact")`.
Where no block checks it, everybody may.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Protocol

from pydantic import AliasChoices, Field

from app.core.blocks import ExtensionPoint
from app.core.schemas import ApiModel
from app.core.unit_of_work import UnitOfWork


class Asked(StrEnum):
    ALWAYS = "always"
    AFTER_FAILURES = "after_failures"
    NEVER = "never"


class PublicHumanCheck(ApiModel):
    """What a front end needs to know to pass a check."""

    provider: str
    """Whose script it loads."""
    site_key: str
    actions: Mapping[str, Asked]
    """When each action asks for a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody, or something, is about to do what a human should do."""

    action: str
    token: str
    """What is shown as a proof; empty if nothing."""
    address: str
    """Of the client; empty if it is not known."""
    failures: int
    """How often the same failed lately: a check may let the first ones pass."""


class HumanCheck(Protocol):
    async def check(self, attempt: Attempt) -> None:
        """Raises a `BlockError` unless a human seems to make this attempt."""

    def for_front_end(self, actions: Iterable[str]) -> PublicHumanCheck | None:
        """None if it is switched off."""


HUMAN_CHECKS = ExtensionPoint[HumanCheck]("core.human_checks")


# It goes on to somebody else's server: no more than any provider hands out, and no tricks.
HumanToken = Annotated[str, Field(max_length=8192, pattern=r"^[\x21-\x7e]*$")]


class HumanRequest(ApiModel):
    """A body that can carry the proof. `recaptchaToken` is what older clients call it."""

    captcha_token: Annotated[
        HumanToken | None,
        Field(
            validation_alias=AliasChoices(
                "captchaToken", "captcha_token", "recaptchaToken", "recaptcha_token"
            )
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever sent a request, and what they show to prove that they are human."""

    address: str = ""
    token: str = ""
    checks: Sequence[HumanCheck] = ()

    async def must_be_human(self, action: str, *, failures: int = 0) -> None:
        """Raises what a check says. Count the attempt first: asking others has its price."""
        for check in self.checks:
            await check.check(
                Attempt(action=action, token=self.token, address=self.address, failures=failures)
            )


TRUSTED: Final = Visitor()
"""A command, a job or an administrator: nothing has to be proved."""


def visitor(work: UnitOfWork, token: str | None) -> Visitor:
    """Whoever sent the request that `work` is done for."""
    return Visitor(work.origin.ip, token or "", work.all(HUMAN_CHECKS))


def public_human_checks(work: UnitOfWork, actions: Iterable[str]) -> list[PublicHumanCheck]:
    """What to tell a front end about `actions`. Empty if nothing is checked."""
    named = tuple(actions)
    told = (check.for_front_end(named) for check in work.all(HUMAN_CHECKS))
    return [each for each in told if each is not None]
