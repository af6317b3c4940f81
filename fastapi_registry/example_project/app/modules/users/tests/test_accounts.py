"""Managing the accounts of others over HTTP: R50, R69, R85, R86, R88."""

import asyncio
from datetime import timedelta

from app.core.runtime import Runtime
from app.core.testing import Clock
from app.modules.auth import MOST_FAILED_LOGINS
from app.modules.users.tests.conftest import (
    ANOTHER_PASSWORD,
    Heard,
    MakePerson,
    Person,
    auth_of,
    code_of,
    stored,
)


async def test_everybody_sees_their_own_account(eve: Person) -> None:
    body = (await eve.get("users/me")).json()

    assert (body["id"], body["email"], body["roles"]) == (eve.id, eve.email, ["user"])
    assert (body["permissions"], body["twoFactorEnabled"], body["isLocked"]) == ([], False, False)


async def test_r85_without_a_permission_nobody_sees_or_changes_anybody(
    ada: Person, eve: Person
) -> None:
    paths = [f"users/{ada.id}", "users", f"users/{ada.id}/sessions", "roles", "permissions"]
    answers = [await eve.get(path) for path in paths]
    actions = ("activate", "deactivate", "unlock", "send-password-reset", "impersonate")
    answers += [await eve.post(f"users/{ada.id}/{action}") for action in actions]
    parts = ("", "/hard", "/sessions", "/two-factor")
    answers += [await eve.delete(f"users/{ada.id}{part}") for part in parts]
    answers += [
        await eve.post("users", email="new@example.com"),
        await eve.patch(f"users/{eve.id}", roles=["admin"]),
        await eve.post("roles", name="mine"),
        await eve.patch("roles/user", permissions=["users:read"]),
        await eve.delete("roles/moderator"),
    ]

    assert {code_of(answer) for answer in answers} == {(403, "insufficient_scope")}
    assert not any(ada.email in answer.text for answer in answers)


async def test_r85_nobody_can_set_or_read_a_password(ada: Person, eve: Person) -> None:
    shown = (await ada.get(f"users/{eve.id}")).text + (await ada.get("users")).text

    tried = [
        await ada.patch(f"users/{eve.id}", password=ANOTHER_PASSWORD),
        await ada.patch(f"users/{eve.id}", hashedPassword="x"),
        await ada.post("users", email="new@example.com", password=ANOTHER_PASSWORD),
    ]

    assert "argon2" not in shown
    assert "assword" not in shown
    assert {code_of(answer) for answer in tried} == {(422, "validation_error")}
    assert ANOTHER_PASSWORD not in "".join(answer.text for answer in tried)


async def test_r22_what_is_not_to_be_changed_is_refused(ada: Person) -> None:
    before = (await ada.get("users/me")).json()
    members: list[dict[str, object]] = [
        {"id": "00000000-0000-7000-8000-000000000000"},
        {"isAdmin": True},
        {"is_admin": True},
        {"role": "admin"},
        {"isActive": False},
        {"emailVerified": True},
        {"email": "eve@evil.example"},
        {"createdAt": "2020-01-01T00:00:00Z"},
    ]

    answers = [await ada.patch(f"users/{ada.id}", name="Fool", **member) for member in members]
    answers += [await ada.post("users", email="a@example.com", **each) for each in members[:6]]

    assert {code_of(answer) for answer in answers} == {(422, "validation_error")}
    assert (await ada.get("users/me")).json() == before
    assert (await ada.get("users")).json()["total"] == 1


async def test_r88_deactivation_ends_everything_and_activation_revives_nothing(
    ada: Person, eve: Person, heard: Heard
) -> None:
    await eve.post("auth/forgot-password", email=eve.email)
    link = await eve.mailed_token("reset-password")

    answer = await ada.post(f"users/{eve.id}/deactivate")

    assert answer.json()["isActive"] is False
    assert (await eve.status(), await eve.refresh(), await eve.login()) == (401, 401, 401)
    assert heard[-2].kind == "deactivated"
    assert "deactivated" in (await eve.subjects())[-1]

    await ada.post(f"users/{eve.id}/activate")

    assert (await eve.status(), await eve.refresh()) == (401, 401)
    reset = await eve.post("auth/reset-password", token=link, newPassword=ANOTHER_PASSWORD)
    assert code_of(reset) == (400, "invalid_or_expired_token")
    assert await eve.login() == 200


async def test_r50_an_admin_sees_sessions_and_ends_them_all(ada: Person, eve: Person) -> None:
    [session] = (await ada.get(f"users/{eve.id}/sessions")).json()

    ended = await ada.delete(f"users/{eve.id}/sessions")

    assert {"id", "ip", "userAgent", "lastSeenAt", "methods"} <= set(session)
    assert "oken" not in str(session)
    assert (ended.status_code, await eve.status(), await eve.refresh()) == (204, 401, 401)


async def test_a_locked_account_opens_again_after_an_unlock(
    ada: Person, eve: Person, runtime: Runtime
) -> None:
    async with runtime.unit_of_work() as work:
        for _ in range(MOST_FAILED_LOGINS):
            await auth_of(work).users.count_failed_login(eve.email)
    assert await eve.login() == 401
    assert (await ada.get(f"users/{eve.id}")).json()["isLocked"] is True

    answer = await ada.post(f"users/{eve.id}/unlock")

    assert answer.json()["isLocked"] is False
    assert await eve.login() == 200


async def test_r85_a_password_reset_goes_to_the_owner_alone(ada: Person, eve: Person) -> None:
    answer = await ada.post(f"users/{eve.id}/send-password-reset")

    token = await eve.mailed_token("reset-password")
    reset = await eve.post("auth/reset-password", token=token, newPassword=ANOTHER_PASSWORD)
    assert (answer.status_code, reset.status_code) == (202, 200)
    assert token not in answer.text


async def test_a_closed_account_can_be_opened_again_in_time(
    ada: Person, eve: Person, clock: Clock, runtime: Runtime
) -> None:
    answer = await ada.delete(f"users/{eve.id}")

    assert answer.status_code == 202
    assert answer.json()["scheduledFor"].endswith("Z")
    assert (await eve.status(), await eve.login()) == (401, 401)
    assert "closed" in (await eve.subjects())[-1]

    activated = await ada.post(f"users/{eve.id}/activate")
    assert activated.json()["deletionDueAt"] is None
    assert await eve.login() == 200


async def test_a_hard_deletion_leaves_nothing(ada: Person, eve: Person) -> None:
    answer = await ada.delete(f"users/{eve.id}/hard")

    assert answer.status_code == 204
    assert (await eve.status(), await eve.login()) == (401, 401)
    assert code_of(await ada.get(f"users/{eve.id}")) == (404, "not_found")


async def test_r53_what_cannot_be_undone_wants_a_recent_proof(
    ada: Person, eve: Person, clock: Clock
) -> None:
    clock.advance(timedelta(minutes=11))

    answers = [
        await ada.delete(f"users/{eve.id}"),
        await ada.delete(f"users/{eve.id}/hard"),
        await ada.delete(f"users/{eve.id}/two-factor"),
        await ada.post(f"users/{eve.id}/impersonate"),
    ]

    assert {code_of(answer) for answer in answers} == {(401, "reauthentication_required")}


async def test_r86_nobody_manages_who_may_do_more(ada: Person, make: MakePerson) -> None:
    helper = await make("helper", may=["users:read", "users:update", "users:delete"])
    chief = await make("chief", may=["users:read", "reports:read"], signed_in=False)
    peer = await make("peer", may=["users:read"], signed_in=False)

    refused = [await helper.post(f"users/{who.id}/deactivate") for who in (ada, chief)]
    refused += [await helper.patch(f"users/{who.id}", name="Fool") for who in (ada, chief)]
    refused += [await helper.delete(f"users/{who.id}/hard") for who in (ada, chief)]
    refused += [await helper.post(f"users/{ada.id}/send-password-reset")]

    assert {code_of(answer) for answer in refused} == {(403, "insufficient_scope")}
    assert (await helper.post(f"users/{peer.id}/deactivate")).status_code == 200


async def test_r86_the_last_admin_stays(ada: Person, make: MakePerson) -> None:
    await make("idle", admin=True, signed_in=False)
    [idle] = (await ada.get("users?search=idle")).json()["items"]
    await ada.post(f"users/{idle['id']}/deactivate")

    answers = [
        await ada.post(f"users/{ada.id}/deactivate"),
        await ada.delete(f"users/{ada.id}"),
        await ada.delete(f"users/{ada.id}/hard"),
        await ada.patch(f"users/{ada.id}", roles=["moderator"]),
    ]

    assert {code_of(answer) for answer in answers} == {(409, "last_admin")}
    me = (await ada.get("users/me")).json()
    assert (me["isAdmin"], me["isActive"], me["roles"]) == (True, True, ["admin", "user"])


async def test_r86_one_admin_stays_when_all_go_at_once(make: MakePerson, runtime: Runtime) -> None:
    one, two, three, four = [await make(f"admin{number}", admin=True) for number in range(4)]

    answers = await asyncio.gather(
        one.post(f"users/{one.id}/deactivate"),
        two.delete(f"users/{two.id}"),
        three.delete(f"users/{three.id}/hard"),
        four.patch(f"users/{four.id}", roles=["moderator"]),
    )

    codes = sorted(answer.status_code for answer in answers)
    async with runtime.unit_of_work() as work:
        assert len(await auth_of(work).users.lock_admins()) == 1
    assert codes[-1] == 409
    assert all(code < 300 for code in codes[:-1])


async def test_what_others_did_is_among_the_owners_events(ada: Person, eve: Person) -> None:
    await ada.patch(f"users/{eve.id}", name="Evelyn", roles=["moderator"])

    events = (await eve.get("auth/events")).json()["items"]

    assert [event["kind"] for event in events[:2]] == ["user_changed", "roles_changed"]


async def test_a_deactivated_account_gets_no_reset(
    ada: Person, eve: Person, runtime: Runtime
) -> None:
    await ada.post(f"users/{eve.id}/deactivate")

    answer = await ada.post(f"users/{eve.id}/send-password-reset")

    assert code_of(answer) == (409, "account_inactive")
    assert not (await stored(runtime, eve)).is_active


async def test_unknown_ids_are_404(ada: Person) -> None:
    nobody = "users/0199d5f4-0000-7000-8000-000000000000"

    assert code_of(await ada.get(nobody)) == (404, "not_found")
    assert code_of(await ada.post(f"{nobody}/deactivate")) == (404, "not_found")
    assert code_of(await ada.get("users/ada")) == (422, "validation_error")
