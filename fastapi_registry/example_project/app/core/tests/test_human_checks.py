"""What a human should do: any block may check it, and with none everybody may."""

from collections.abc import Iterable

import pytest
from pydantic import ValidationError

from app.core.blocks import Block
from app.core.config import CoreSettings
from app.core.errors import Forbidden
from app.core.human_checks import (
    HUMAN_CHECKS,
    TRUSTED,
    Asked,
    Attempt,
    HumanRequest,
    PublicHumanCheck,
    public_human_checks,
    visitor,
)
from app.core.runtime import build_runtime
from app.core.unit_of_work import UnitOfWork


class Doorman:
    """Lets in whoever knows the word."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def check(self, attempt: Attempt) -> None:
        if (attempt.action, attempt.token, attempt.failures) != ("enter", "swordfish", 2):
            raise Forbidden

    def for_front_end(self, actions: Iterable[str]) -> PublicHumanCheck | None:
        asked = dict.fromkeys(actions, Asked.ALWAYS)
        return PublicHumanCheck(provider="doorman", site_key="1", actions=asked)


class AsleepDoorman(Doorman):
    def for_front_end(self, actions: Iterable[str]) -> PublicHumanCheck | None:
        return None


def work_with(*blocks: Block) -> UnitOfWork:
    settings = CoreSettings(_env_file=None, database={"url": "memory://"})
    return UnitOfWork(build_runtime(settings, blocks))


DOOR = Block(name="door", provides=[HUMAN_CHECKS.provided_by(Doorman)])


async def test_a_check_decides_by_what_is_shown() -> None:
    work = work_with(DOOR)

    await visitor(work, "swordfish").must_be_human("enter", failures=2)

    with pytest.raises(Forbidden):
        await visitor(work, None).must_be_human("enter", failures=2)


async def test_with_no_block_that_checks_everybody_may() -> None:
    await visitor(work_with(), None).must_be_human("enter")
    await TRUSTED.must_be_human("enter")


def test_a_front_end_is_told_of_what_is_switched_on() -> None:
    asleep = Block(name="other", provides=[HUMAN_CHECKS.provided_by(AsleepDoorman)])

    told = public_human_checks(work_with(DOOR, asleep), ["enter"])

    assert [(each.provider, each.actions) for each in told] == [("doorman", {"enter": "always"})]


@pytest.mark.parametrize(
    "name", ["captchaToken", "captcha_token", "recaptchaToken", "recaptcha_token"]
)
def test_a_body_carries_the_proof_by_either_name(name: str) -> None:
    assert HumanRequest.model_validate({name: "a-token"}).captcha_token == "a-token"


@pytest.mark.parametrize("odd", ["x" * 8193, "two words", "line\nbreak", "\ud800", "é"])
def test_what_no_provider_hands_out_is_no_proof(odd: str) -> None:
    with pytest.raises(ValidationError):
        HumanRequest.model_validate({"captchaToken": odd})
