"""The seam for second factors, with a small one: all pets are called Rex. R60, R61, R64, R65."""

import asyncio
from collections.abc import Sequence

import pytest

from app import core
from app.core.blocks import Block
from app.core.ids import uuid7
from app.core.routing import BlockRouter
from app.core.schemas import ApiModel
from app.modules import auth
from app.modules.auth import SECOND_FACTORS, CurrentAuth, UserId, WrongAnswer
from app.modules.auth.service import SecondFactors
from app.modules.auth.tests.conftest import Person
from app.modules.auth.tests.test_token_endpoint import ask

router = BlockRouter(prefix="/pets", tags=["pets"])


class PetName:
    name = "pet_name"
    method = "kba"

    async def is_enrolled(self, user_id: UserId) -> bool:
        return True

    async def check(self, user_id: UserId, answer: str) -> None:
        if answer != "Rex":
            raise WrongAnswer("That is not your pet.")

    async def reset(self, user_id: UserId) -> bool:
        return True


class PetAnswer(ApiModel):
    two_factor_token: str
    answer: str


@router.post("/answer")
async def answer(body: PetAnswer, auth: CurrentAuth) -> dict[str, str]:
    done = await auth.sign_in.take_second_step(
        body.two_factor_token, "pet_name", body.answer, auth.device
    )
    return {"accessToken": done.tokens.access_token, "refreshToken": done.tokens.refresh_token}


pets = Block(
    name="pets",
    router=router,
    provides=[SECOND_FACTORS.provided_by(lambda work: PetName())],
)


@pytest.fixture
def blocks() -> Sequence[Block]:
    return (core.block, auth.block, pets)


@pytest.fixture
async def ada(stranger: Person) -> Person:
    """Verified, but not signed in: that takes two steps here."""
    await stranger.register()
    await stranger.verify()
    return stranger


async def first_step(person: Person) -> str:
    token: str = (await person.login()).json()["twoFactorToken"]
    return token


async def second_step(person: Person, token: str, answer: str = "Rex") -> tuple[int, str]:
    response = await person.client.post(
        "/api/v1/pets/answer", json={"twoFactorToken": token, "answer": answer}
    )
    person.keep(response)
    return response.status_code, response.json().get("code", "")


async def test_r60_the_first_step_opens_nothing(ada: Person) -> None:
    body = (await ada.login()).json()

    assert set(body) == {
        "requiresTwoFactor",
        "twoFactorToken",
        "methods",
        "preferredMethod",
        "allowBackupCodes",
        "expiresAt",
    }
    assert (body["methods"], body["preferredMethod"]) == (["pet_name"], "pet_name")
    assert body["allowBackupCodes"] is False
    ada.tokens = {"accessToken": body["twoFactorToken"]}
    assert (await ada.get("me")).status_code == 401
    refresh = await ada.post("refresh", refreshToken=body["twoFactorToken"])
    assert refresh.status_code == 401


async def test_the_right_answer_signs_in_and_is_remembered(ada: Person) -> None:
    assert await second_step(ada, await first_step(ada)) == (200, "")

    me = (await ada.get("me")).json()
    [session] = (await ada.get("sessions")).json()
    assert me["twoFactorEnabled"] is True
    assert session["methods"] == ["pwd", "kba"]


async def test_stays_usable_after_a_wrong_answer(ada: Person) -> None:
    token = await first_step(ada)

    assert await second_step(ada, token, "Bello") == (401, "wrong_answer")
    assert await second_step(ada, token) == (200, "")


async def test_r64_five_answers_may_be_tried(ada: Person) -> None:
    token = await first_step(ada)
    for _ in range(5):
        assert await second_step(ada, token, "Bello") == (401, "wrong_answer")

    assert await second_step(ada, token) == (400, "invalid_or_expired_token")


async def test_r65_of_two_right_answers_at_once_one_opens_a_session(ada: Person) -> None:
    token = await first_step(ada)

    outcomes = await asyncio.gather(*(second_step(ada, token) for _ in range(2)))

    assert sorted(status for status, _ in outcomes) == [200, 400]
    assert len((await ada.get("sessions")).json()) == 1


async def test_r61_a_magic_link_asks_too(ada: Person) -> None:
    await ada.post("magic-link", email=ada.email)

    response = await ada.post("magic-link/verify", token=await ada.mailed_token("magic-link"))

    assert response.json()["requiresTwoFactor"] is True


async def test_r61_the_token_form_asks_too(ada: Person) -> None:
    form = {"grant_type": "password", "username": ada.email, "password": ada.password}

    without = await ask(ada, **form)
    wrong = await ask(ada, **form, otp="Bello")
    right = await ask(ada, **form, otp="Rex")

    assert (without[0], without[1]["error"]) == (400, "invalid_grant")
    assert (wrong[0], wrong[1]["error"]) == (400, "invalid_grant")
    assert right[0] == 200


async def test_a_password_alone_does_not_reauthenticate_whoever_has_a_factor(
    ada: Person,
) -> None:
    await second_step(ada, await first_step(ada))

    response = await ada.post("reauthenticate", password=ada.password)

    assert response.status_code == 401


async def test_a_reset_asks_every_factor_to_forget() -> None:
    asked: list[str] = []

    class Pet(PetName):
        def __init__(self, name: str, *, known: bool) -> None:
            self.name, self.known = name, known

        async def reset(self, user_id: UserId) -> bool:
            asked.append(self.name)
            return self.known

    some = SecondFactors([Pet("cat", known=True), Pet("dog", known=False)])
    none = SecondFactors([Pet("fish", known=False)])

    assert await some.reset(uuid7())
    assert not await none.reset(uuid7())
    assert asked == ["cat", "dog", "fish"]
