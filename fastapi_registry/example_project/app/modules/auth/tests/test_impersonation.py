"""The seam for acting as somebody else, with a small help desk: R89."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import httpx2
import jwt
import pytest
from fastapi import Depends, Response

from app import core
from app.core.blocks import Block, on
from app.core.caller import Caller, require
from app.core.ids import uuid7
from app.core.routing import BlockRouter
from app.core.runtime import Runtime
from app.core.testing import Clock
from app.core.work import UnitOfWork
from app.modules import auth
from app.modules.auth import (
    IMPERSONATE,
    PERMISSIONS,
    CurrentAuth,
    CurrentSession,
    Grants,
    SecurityEvent,
    TokensAnswer,
    User,
    UserId,
    tokens_answer,
)
from app.modules.auth.repositories import UserRepository
from app.modules.auth.tests.conftest import PASSWORD_HASH, Person
from app.modules.auth.tests.test_login import change

router = BlockRouter(prefix="/desk", tags=["desk"])


@router.post("/{user_id}")
async def act_for(
    user_id: UUID, caller: CurrentSession, auth: CurrentAuth, response: Response
) -> TokensAnswer:
    user = await auth.users.by_id(user_id)
    assert user is not None
    return tokens_answer(await auth.sessions.open_for(user, caller, auth.device), auth, response)


@router.get("/reports")
async def read_reports(caller: Annotated[Caller, Depends(require("reports:read"))]) -> str:
    return str(caller.impersonator_id)


class Desk:
    """Knows who may what: everybody the same, but for one permission."""

    may_help = True

    async def grants(self, user_id: UserId) -> Grants:
        more = {IMPERSONATE} if self.may_help else set()
        return Grants(permissions=frozenset({"reports:read", *more}))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def heard() -> list[SecurityEvent]:
    return []


@pytest.fixture
def blocks(desk: Desk, heard: list[SecurityEvent]) -> Sequence[Block]:
    async def hear(event: SecurityEvent, work: UnitOfWork) -> None:
        heard.append(event)

    helping = Block(
        name="desk",
        router=router,
        provides=[PERMISSIONS.provided_by(lambda work: desk)],
        listens=[on(SecurityEvent, hear)],
    )
    return (core.block, auth.block, helping)


async def ask(person: Person, method: str, path: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {person.tokens['accessToken']}"}
    return await person.client.request(method, f"/api/v1/desk/{path}", headers=headers)


@pytest.fixture
async def eve(runtime: Runtime, ada: Person) -> Person:
    """Eve's account, in the hands of Ada."""
    eve = ada.named("eve@example.com")
    user = User(
        id=uuid7(),
        email=eve.email,
        email_key=eve.email,
        name="Eve",
        password_hash=PASSWORD_HASH,
        created_at=runtime.clock(),
    )
    async with runtime.unit_of_work() as work:
        await UserRepository(work).add(user)
    eve.keep(await ask(ada, "POST", str(user.id)))
    return eve


async def test_r89_the_token_and_the_events_say_who_acts(
    ada: Person, eve: Person, heard: list[SecurityEvent]
) -> None:
    claims = jwt.decode(eve.tokens["accessToken"], options={"verify_signature": False})
    ada_id = (await ada.get("me")).json()["id"]

    await eve.post("logout")

    me = await eve.get("me")
    started, ended = heard[-2:]
    assert claims["act"] == {"sub": ada_id}
    assert (started.kind, ended.kind) == ("impersonation_started", "impersonation_ended")
    for event in (started, ended):
        assert (str(event.subject_id), str(event.actor_id)) == (claims["sub"], ada_id)
        assert event.details["impersonator_id"] == ada_id
    assert me.status_code == 401


async def test_r89_acting_changes_nothing_that_is_the_owners(eve: Person) -> None:
    sessions = (await eve.get("sessions")).json()

    refused = [
        await eve.post("change-password", currentPassword=eve.password, newPassword="another one"),
        await eve.post("change-email", newEmail="ada@example.org"),
        await eve.post("reauthenticate", password=eve.password),
        await eve.delete("account", password=eve.password, confirmation="DELETE"),
        await eve.delete("sessions"),
        await eve.delete(f"sessions/{sessions[0]['id']}"),
    ]

    assert [answer.status_code for answer in refused] == [403] * 6
    assert {answer.json()["code"] for answer in refused} == {"insufficient_scope"}


async def test_r89_it_is_over_after_half_an_hour_whatever_is_refreshed(
    eve: Person, clock: Clock
) -> None:
    clock.advance(timedelta(minutes=29))
    assert (await eve.refresh()).status_code == 200

    clock.advance(timedelta(minutes=1))

    assert (await eve.get("me")).status_code == 401
    assert (await eve.refresh()).status_code == 401


async def test_r89_it_is_over_with_the_session_it_was_begun_in(ada: Person, eve: Person) -> None:
    await ada.post("logout")

    assert (await eve.get("me")).status_code == 401


async def test_r51_it_is_over_once_the_permission_is_taken_away(eve: Person, desk: Desk) -> None:
    assert (await ask(eve, "GET", "reports")).status_code == 200

    desk.may_help = False

    assert (await ask(eve, "GET", "reports")).status_code == 401


async def test_r89_the_rights_of_an_account_that_became_an_admin_are_out_of_reach(
    eve: Person, runtime: Runtime
) -> None:
    await change(runtime, eve, is_admin=True)

    me = (await eve.get("me")).json()
    assert (await ask(eve, "GET", "reports")).json() == me["impersonatorId"]


async def test_signing_out_everywhere_leaves_the_owner_signed_in(eve: Person) -> None:
    owner = eve.on_another_device()
    eve_acting = eve.tokens
    await owner.post("verify-email/request", email=owner.email)
    await owner.verify()
    await owner.login()

    eve.tokens = eve_acting
    await eve.post("logout", allSessions=True)

    assert (await owner.get("me")).status_code == 200
