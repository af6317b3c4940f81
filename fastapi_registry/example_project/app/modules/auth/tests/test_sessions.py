"""Refreshing, ending and listing sessions over HTTP: R44 to R47, R49, R50, R52."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.core.testing import Clock
from app.modules.auth.tests.conftest import ANOTHER_PASSWORD, ONE_STORAGE, Person

AFTER_THE_GRACE = timedelta(seconds=11)
ENDED = "We ended one of your sessions at FastAPI Blocks"


async def test_a_refresh_token_is_spent_by_its_use(ada: Person) -> None:
    before = ada.tokens["refreshToken"]

    response = await ada.refresh()

    assert response.json()["refreshToken"] != before
    assert response.json()["expiresIn"] == 900
    assert (await ada.get("me")).status_code == 200


async def test_r44_an_old_refresh_token_ends_the_session(ada: Person, clock: Clock) -> None:
    stolen = ada.tokens["refreshToken"]
    await ada.refresh()
    clock.advance(AFTER_THE_GRACE)

    replayed = await ada.post("refresh", refreshToken=stolen)

    assert (replayed.status_code, replayed.json()["code"]) == (401, "token_reused")
    assert (await ada.get("me")).status_code == 401
    assert (await ada.refresh()).json()["code"] == "session_expired"
    assert (await ada.mails())[-1] == ENDED


async def test_r44_the_owner_sees_what_happened(ada: Person, clock: Clock) -> None:
    stolen = ada.tokens["refreshToken"]
    await ada.refresh()
    clock.advance(AFTER_THE_GRACE)
    await ada.post("refresh", refreshToken=stolen)
    await ada.login()

    events = (await ada.get("events")).json()

    kinds = [event["kind"] for event in events["items"]]
    assert kinds == ["signed_in", "token_reuse", "session_revoked", "signed_in"]
    assert events["total"] == len(kinds)


async def test_r45_parallel_refreshes_end_in_one_successor(ada: Person, clock: Clock) -> None:
    answers = await asyncio.gather(
        *(ada.post("refresh", refreshToken=ada.tokens["refreshToken"]) for _ in range(10))
    )

    successors = {answer.json()["refreshToken"] for answer in answers}
    assert [answer.status_code for answer in answers] == [200] * 10
    assert len(successors) == 1
    clock.advance(AFTER_THE_GRACE)
    assert (await ada.post("refresh", refreshToken=successors.pop())).status_code == 200


async def test_r46_a_lost_answer_can_be_asked_for_again(ada: Person, clock: Clock) -> None:
    first = await ada.post("refresh", refreshToken=ada.tokens["refreshToken"])
    clock.advance(timedelta(seconds=10))

    again = await ada.post("refresh", refreshToken=ada.tokens["refreshToken"])

    assert again.status_code == 200
    assert again.json()["refreshToken"] == first.json()["refreshToken"]


@pytest.mark.parametrize("auth_options", [{"session_idle_days": 2}, {"refresh_token_days": 2}])
async def test_r47_an_idle_session_ends(ada: Person, clock: Clock) -> None:
    clock.advance(timedelta(days=1, hours=23))
    assert (await ada.refresh()).status_code == 200
    clock.advance(timedelta(days=2, seconds=1))

    assert (await ada.refresh()).json()["code"] == "session_expired"


AAL2 = {"session_absolute_days": 1, "session_idle_days": 0.0417}


@pytest.mark.parametrize("auth_options", [AAL2])
async def test_r47_an_hour_of_idleness_can_end_a_session(ada: Person, clock: Clock) -> None:
    clock.advance(timedelta(minutes=59))
    assert (await ada.refresh()).status_code == 200
    clock.advance(timedelta(minutes=61))

    assert (await ada.refresh()).json()["code"] == "session_expired"


@pytest.mark.parametrize("auth_options", [{"session_absolute_days": 3}])
async def test_r47_refreshing_does_not_move_the_absolute_end(ada: Person, clock: Clock) -> None:
    for _ in range(2):
        clock.advance(timedelta(days=1))
        assert (await ada.refresh()).status_code == 200
    clock.advance(timedelta(days=1))

    assert (await ada.refresh()).json()["code"] == "session_expired"


@ONE_STORAGE
@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-2] + ("BA" if token.endswith("AA") else "AA"),
        lambda token: token + "=",
        lambda _: "",
        str.upper,
    ],
)
async def test_a_forged_refresh_token_is_refused(ada: Person, change: Callable[[str], str]) -> None:
    response = await ada.post("refresh", refreshToken=change(ada.tokens["refreshToken"]))

    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")


@ONE_STORAGE
async def test_a_counter_cannot_be_chosen(ada: Person) -> None:
    version, session, _, seal = ada.tokens["refreshToken"].split(".")

    response = await ada.post("refresh", refreshToken=f"{version}.{session}.1.{seal}")

    assert response.json()["code"] == "invalid_token"
    assert (await ada.get("me")).status_code == 200


async def test_r49_logout_ends_the_session_at_once_and_again_is_no_error(ada: Person) -> None:
    refresh_token = ada.tokens["refreshToken"]

    first = await ada.post("logout", refreshToken=refresh_token)
    again = await ada.post("logout", refreshToken=refresh_token)

    assert (first.status_code, again.status_code) == (204, 204)
    assert first.content == b""
    assert (await ada.get("me")).status_code == 401
    assert (await ada.refresh()).status_code == 401


async def test_r49_logout_works_when_the_access_token_has_expired(
    ada: Person, clock: Clock
) -> None:
    clock.advance(timedelta(minutes=16))
    assert (await ada.get("me")).status_code == 401

    response = await ada.post("logout", refreshToken=ada.tokens["refreshToken"])

    assert response.status_code == 204
    assert (await ada.refresh()).json()["code"] == "session_expired"


async def test_logout_works_with_the_access_token_alone(ada: Person) -> None:
    response = await ada.post("logout", allSessions=False)

    assert response.status_code == 204
    assert (await ada.get("me")).status_code == 401


@pytest.mark.parametrize("by_refresh_token", [True, False])
async def test_r49_all_sessions_can_be_ended(ada: Person, by_refresh_token: bool) -> None:
    phone = ada.on_another_device()
    await phone.login()
    body = {"refreshToken": ada.tokens["refreshToken"]} if by_refresh_token else {}

    await ada.post("logout", allSessions=True, **body)

    assert (await phone.get("me")).status_code == 401


@ONE_STORAGE
async def test_logout_of_nobody_is_no_error(stranger: Person) -> None:
    assert (await stranger.post("logout", refreshToken="nonsense")).status_code == 204


async def test_r50_a_new_password_ends_the_other_sessions_at_once(ada: Person) -> None:
    phone = ada.on_another_device()
    await phone.login()

    response = await ada.post(
        "change-password", currentPassword=ada.password, newPassword=ANOTHER_PASSWORD
    )
    ada.keep(response)

    assert response.status_code == 200
    assert (await phone.get("me")).status_code == 401
    assert (await phone.refresh()).status_code == 401
    assert (await ada.get("me")).status_code == 200
    assert (await ada.refresh()).status_code == 200


async def test_r52_the_list_says_where_but_shows_no_token(ada: Person) -> None:
    response = await ada.get("sessions")

    [session] = response.json()
    assert set(session) == {
        "id",
        "createdAt",
        "lastSeenAt",
        "expiresAt",
        "ip",
        "userAgent",
        "methods",
        "current",
        "impersonatorId",
    }
    assert session["methods"] == ["pwd"]
    assert session["ip"] == "127.0.0.1"
    assert ada.tokens["refreshToken"].split(".")[-1] not in response.text


async def test_r52_one_the_others_or_all_can_be_ended(ada: Person) -> None:
    phone, tablet = ada.on_another_device(), ada.on_another_device()
    await phone.login()
    await tablet.login()
    ids = [session["id"] for session in (await tablet.get("sessions")).json()]

    one = await tablet.delete(f"sessions/{ids[1]}")
    assert (one.status_code, (await phone.get("me")).status_code) == (204, 401)
    others = await tablet.delete("sessions?scope=others")
    assert (others.status_code, (await ada.get("me")).status_code) == (204, 401)
    assert (await tablet.get("me")).status_code == 200
    await tablet.delete("sessions?scope=all")
    assert (await tablet.get("me")).status_code == 401


async def test_r52_the_session_of_somebody_else_is_not_found(ada: Person, stranger: Person) -> None:
    await stranger.register()
    await stranger.verify()
    await stranger.login()
    [session] = (await ada.get("sessions")).json()

    response = await stranger.delete(f"sessions/{session['id']}")

    assert response.status_code == 404
    assert (await ada.get("me")).status_code == 200


@pytest.mark.parametrize("auth_options", [{"sessions_per_user": 2}])
async def test_r52_one_session_too_many_ends_the_oldest(ada: Person, clock: Clock) -> None:
    devices = [ada.on_another_device() for _ in range(2)]
    for device in devices:
        clock.advance(timedelta(seconds=1))
        await device.login()

    assert (await ada.get("me")).status_code == 401
    assert [(await device.get("me")).status_code for device in devices] == [200, 200]


@ONE_STORAGE
@pytest.mark.parametrize("auth_options", [{"refresh_rate_limit": "2/minute"}])
async def test_refreshes_are_limited(ada: Person) -> None:
    answers = [await ada.refresh() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) == 30
