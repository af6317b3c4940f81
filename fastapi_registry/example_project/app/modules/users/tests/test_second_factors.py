"""Removing the second factors of others, with a small one: everybody knows Rex. R50, R69."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from app.core.blocks import Block
from app.modules.auth import SECOND_FACTORS, UserId, WrongAnswer
from app.modules.users.tests.conftest import Heard, Person

_enrolled: set[UserId] = set()


class PetName:
    name = "pet_name"
    method = "kba"
    patience = timedelta(minutes=5)

    def recognises(self, answer: str) -> bool:
        return True

    async def is_enrolled(self, user_id: UserId) -> bool:
        return user_id in _enrolled

    async def check(self, user_id: UserId, answer: str) -> None:
        if answer != "Rex":
            raise WrongAnswer

    async def reset(self, user_id: UserId) -> bool:
        was_there = user_id in _enrolled
        _enrolled.discard(user_id)
        return was_there


_PETS = Block(name="pets", provides=[SECOND_FACTORS.provided_by(lambda work: PetName())])


@pytest.fixture
def blocks(blocks: Sequence[Block]) -> Sequence[Block]:
    return (*blocks, _PETS)


@pytest.fixture(autouse=True)
def nobody_is_enrolled() -> Iterator[None]:
    yield
    _enrolled.clear()


async def test_r69_they_are_removed_and_told_and_never_seen(
    ada: Person, eve: Person, heard: Heard
) -> None:
    _enrolled.add(UserId(eve.id))
    shown = (await ada.get(f"users/{eve.id}")).json()

    answer = await ada.delete(f"users/{eve.id}/two-factor")

    assert shown["twoFactorEnabled"] is True
    assert "Rex" not in str(shown)
    assert (answer.status_code, await eve.status()) == (204, 401)
    assert heard[-1].kind == "second_factors_reset"
    assert "second factors" in (await eve.subjects())[-1]
    assert await eve.login() == 200
    assert "accessToken" in eve.tokens


async def test_where_nothing_is_set_up_nothing_happens(
    ada: Person, eve: Person, heard: Heard
) -> None:
    answer = await ada.delete(f"users/{eve.id}/two-factor")

    assert (answer.status_code, await eve.status()) == (204, 200)
    assert "second_factors_reset" not in [event.kind for event in heard]
