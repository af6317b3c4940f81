"""The seam for second factors, with a small one: all pets are called Rex. R60, R61, R64, R65."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from fastapi import Response

from app import core
from app.core.blocks import Block
from app.core.errors import BlockError, Forbidden
from app.core.ids import uuid7
from app.core.routing import BlockRouter
from app.core.schemas import ApiModel
from app.core.testing import Clock
from app.modules import auth
from app.modules.auth import (
    DEVICE_TRUST,
    DUTIES,
    SECOND_FACTORS,
    CurrentAuth,
    EnrollingSession,
    FreshEnrollingSession,
    Grants,
    LoginAnswer,
    SignedInUser,
    UserId,
    WrongAnswer,
    login_answer,
)
from app.modules.auth.service import SecondFactors
from app.modules.auth.tests.conftest import ANOTHER_PASSWORD, Person
from app.modules.auth.tests.test_token_endpoint import ask

router = BlockRouter(prefix="/pets", tags=["pets"])


class PetName:
    name = "pet_name"
    method = "kba"
    patience = timedelta(minutes=5)

    def recognises(self, answer: str) -> bool:
        return answer.isalpha()

    async def is_enrolled(self, user_id: UserId) -> bool:
        return True

    async def check(self, user_id: UserId, answer: str) -> None:
        if answer != "Rex":
            raise WrongAnswer("That is not your pet.")

    async def reset(self, user_id: UserId) -> bool:
        return True


class Collars:
    async def trusts(self, user_id: UserId, token: str) -> bool:
        return token == "collar"


class NotProvedTwice(Forbidden):
    code = "not_proved_twice"


class OneProofIsTooFew:
    async def owed_by(self, caller: SignedInUser, grants: Grants) -> BlockError | None:
        return None if caller.session.is_proved_twice else NotProvedTwice()


class PetAnswer(ApiModel):
    two_factor_token: str
    answer: str


class Whistle(ApiModel):
    email: str


@router.post("/answer")
async def answer(body: PetAnswer, auth: CurrentAuth) -> dict[str, str]:
    done = await auth.sign_in.take_second_step(
        body.two_factor_token, body.answer, auth.device, "pet_name"
    )
    return {"accessToken": done.tokens.access_token, "refreshToken": done.tokens.refresh_token}


@router.post("/whistle")
async def whistle(body: Whistle, auth: CurrentAuth, response: Response) -> LoginAnswer:
    """Both factors at once: only the owner can, and only on their own two feet."""
    user = await auth.users.by_email_key(body.email)
    owner = user.id if user else uuid7()
    done = await auth.sign_in.with_both_factors(owner, "kba", auth.device)
    return login_answer(done, auth, response)


@router.post("/again")
async def answer_again(body: PetAnswer, caller: EnrollingSession, auth: CurrentAuth) -> str:
    done = await auth.reauthentication.with_factor(caller, "pet_name", body.answer)
    return done.access_token


@router.get("/basket")
async def basket(caller: FreshEnrollingSession) -> str:
    return "warm"


pets = Block(
    name="pets",
    router=router,
    provides=[
        SECOND_FACTORS.provided_by(lambda work: PetName()),
        DEVICE_TRUST.provided_by(lambda work: Collars()),
        DUTIES.provided_by(lambda work: OneProofIsTooFew()),
    ],
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
    assert session["methods"] == ["pwd", "kba", "mfa"]


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


async def sign_in_on_a_trusted_device(person: Person) -> None:
    person.client.cookies.set("__Host-trusted_device", "collar")
    assert (await person.login()).status_code == 200
    person.client.cookies.clear()


async def status(person: Person, path: str) -> int:
    headers = {"Authorization": f"Bearer {person.tokens['accessToken']}"}
    return (await person.client.get(f"/api/v1/{path}", headers=headers)).status_code


async def test_r68_a_trusted_device_is_not_asked_again(ada: Person) -> None:
    ada.client.cookies.set("__Host-trusted_device", "leash")
    assert (await ada.login()).json()["requiresTwoFactor"] is True

    await sign_in_on_a_trusted_device(ada)

    assert (await ada.get("me")).json()["twoFactorEnabled"] is True


async def test_r53_who_has_a_factor_must_have_proved_it_for_what_is_sensitive(
    ada: Person,
) -> None:
    await sign_in_on_a_trusted_device(ada)
    assert await status(ada, "pets/basket") == 401

    headers = {"Authorization": f"Bearer {ada.tokens['accessToken']}"}
    body = {"twoFactorToken": "", "answer": "Rex"}
    again = await ada.client.post("/api/v1/pets/again", json=body, headers=headers)
    ada.tokens = {"accessToken": again.json()}

    assert await status(ada, "pets/basket") == 200


async def test_r53_a_password_alone_does_not_freshen_what_was_opened_with_two(
    ada: Person, clock: Clock
) -> None:
    await second_step(ada, await first_step(ada))
    clock.advance(timedelta(minutes=11))

    ada.keep(
        await ada.post(
            "change-password", currentPassword=ada.password, newPassword=ANOTHER_PASSWORD
        )
    )

    assert await status(ada, "auth/sessions") == 200
    assert await status(ada, "pets/basket") == 401


async def test_whoever_owes_a_duty_can_only_do_it(ada: Person) -> None:
    await sign_in_on_a_trusted_device(ada)

    refused = await ada.get("sessions")

    assert (refused.status_code, refused.json()["code"]) == (403, "not_proved_twice")
    assert (await ada.get("me")).status_code == 200
    assert (await ada.post("logout")).status_code == 204


async def test_r61_a_proof_that_is_worth_two_signs_in(ada: Person) -> None:
    response = await ada.client.post("/api/v1/pets/whistle", json={"email": ada.email})
    ada.keep(response)

    [session] = (await ada.get("sessions")).json()
    assert session["methods"] == ["kba", "mfa"]


async def test_r75_it_lets_nobody_in_who_may_not_sign_in(stranger: Person) -> None:
    await stranger.register()

    unverified = await stranger.client.post("/api/v1/pets/whistle", json={"email": stranger.email})
    unknown = await stranger.client.post("/api/v1/pets/whistle", json={"email": "no@example.com"})

    assert (unverified.status_code, unknown.status_code) == (401, 401)
    assert unverified.json()["code"] == unknown.json()["code"] == "invalid_credentials"


async def test_a_code_is_tried_at_the_factor_that_recognises_it_alone() -> None:
    asked: list[str] = []

    class Pet(PetName):
        def __init__(self, name: str, *, recognises: bool) -> None:
            self.name, self._recognises = name, recognises

        def recognises(self, answer: str) -> bool:
            return self._recognises

        async def check(self, user_id: UserId, answer: str) -> None:
            asked.append(self.name)

    pets = SecondFactors([Pet(name, recognises=name != "cat") for name in ("cat", "dog", "cow")])

    assert await pets.prove(uuid7(), "Rex") == "kba"
    assert asked == ["dog"]


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
