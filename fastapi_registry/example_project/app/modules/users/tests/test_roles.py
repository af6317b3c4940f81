"""Roles over HTTP: R2, R51, R85, R86."""

import asyncio

import pytest

from app.core.runtime import Runtime
from app.modules.users.exceptions import RoleNotFound
from app.modules.users.models import Role
from app.modules.users.repositories import RoleRepository
from app.modules.users.tests.conftest import Heard, MakePerson, Person, code_of


async def test_an_app_begins_with_three_roles(ada: Person) -> None:
    roles = {role["name"]: role for role in (await ada.get("roles")).json()}
    known = [permission["name"] for permission in (await ada.get("permissions")).json()]

    assert list(roles) == ["admin", "moderator", "user"]
    assert roles["moderator"]["permissions"] == ["users:read", "users:update"]
    assert roles["user"]["permissions"] == []
    assert roles["admin"]["permissions"] == known
    assert {name: role["isBuiltIn"] for name, role in roles.items()} == {
        "admin": True,
        "moderator": False,
        "user": True,
    }


async def test_every_block_names_what_its_routes_ask_for(ada: Person) -> None:
    permissions = (await ada.get("permissions")).json()

    names = [permission["name"] for permission in permissions]
    assert {"name": "reports:read", "about": "Read all reports"} in permissions
    assert "users:impersonate" in names
    assert names == sorted(names)


async def test_r51_a_role_counts_and_stops_counting_on_the_next_request(
    ada: Person, eve: Person, heard: Heard
) -> None:
    assert code_of(await eve.get("users")) == (403, "insufficient_scope")

    await ada.patch(f"users/{eve.id}", roles=["moderator"])
    assert (await eve.get("users")).status_code == 200

    await ada.patch(f"users/{eve.id}", roles=[])
    refused = await eve.get("users")

    assert code_of(refused) == (403, "insufficient_scope")
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'
    assert [dict(event.details) for event in heard if event.kind == "roles_changed"] == [
        {"added": "moderator", "removed": ""},
        {"added": "", "removed": "moderator"},
    ]
    mails = [mail for mail in await eve.outbox.to(eve.email) if "roles" in mail.subject]
    assert [("given: moderator" in mail.text) for mail in mails] == [True, False]


async def test_r51_what_a_role_allows_counts_on_the_next_request_of_its_holders(
    ada: Person, eve: Person
) -> None:
    created = await ada.post("roles", name="staff", about="Us", permissions=["users:read"])
    await ada.patch(f"users/{eve.id}", roles=["staff"])
    before = (await eve.get("users")).status_code

    await ada.patch("roles/staff", permissions=["reports:read"])
    after = (await eve.get("users")).status_code
    me = (await eve.get("auth/me")).json()

    assert created.status_code == 201
    assert (before, after, me["permissions"]) == (200, 403, ["reports:read"])

    assert (await ada.delete("roles/staff")).status_code == 204
    me = (await eve.get("auth/me")).json()
    assert (me["roles"], me["permissions"]) == (["user"], [])


async def test_what_the_role_user_allows_everybody_may(ada: Person, eve: Person) -> None:
    await ada.patch("roles/user", permissions=["reports:read"])

    assert (await eve.get("auth/me")).json()["permissions"] == ["reports:read"]


async def test_admins_are_made_and_unmade_by_their_role(ada: Person, eve: Person) -> None:
    await ada.patch(f"users/{eve.id}", roles=["admin"])
    assert (await eve.get("users/me")).json()["isAdmin"] is True

    await eve.patch(f"users/{ada.id}", roles=["moderator"])

    me = (await ada.get("auth/me")).json()
    assert (me["isAdmin"], me["roles"]) == (False, ["moderator", "user"])


async def test_r86_nobody_gives_or_takes_what_they_do_not_hold(
    ada: Person, make: MakePerson
) -> None:
    rights = ["users:read", "users:update", "roles:assign", "roles:write", "roles:read"]
    chief = await make("chief", may=rights)
    worker = await make("worker", may=["users:read"], signed_in=False)
    await ada.post("roles", name="auditor", permissions=["reports:read"])

    refused = [
        await chief.patch(f"users/{worker.id}", roles=["auditor"]),
        await chief.patch(f"users/{worker.id}", roles=["admin"]),
        await chief.patch(f"users/{chief.id}", roles=["admin"]),
        await chief.post("roles", name="bigger", permissions=["users:delete"]),
        await chief.patch("roles/of-chief", permissions=[*rights, "users:delete"]),
        await chief.patch("roles/user", permissions=["users:delete"]),
        await chief.patch("roles/auditor", permissions=[]),
        await chief.delete("roles/auditor"),
    ]
    allowed = [
        await chief.patch(f"users/{worker.id}", roles=["moderator"]),
        await chief.post("roles", name="reader", permissions=["users:read"]),
        await chief.delete("roles/reader"),
    ]

    assert {code_of(answer) for answer in refused} == {(403, "insufficient_scope")}
    assert [answer.status_code for answer in allowed] == [200, 201, 204]


async def test_without_the_right_to_give_roles_nothing_else_of_a_request_happens(
    make: MakePerson, eve: Person
) -> None:
    moderator = await make("moderator", may=["users:read", "users:update"])

    answer = await moderator.patch(f"users/{eve.id}", name="Fool", roles=[])

    assert code_of(answer) == (403, "insufficient_scope")
    assert (await eve.get("users/me")).json()["name"] == "Eve"


async def test_r86_an_invitation_gives_no_more_either(ada: Person, make: MakePerson) -> None:
    recruiter = await make("recruiter", may=["users:create"])

    answer = await recruiter.post("users", email="new@example.com", roles=["moderator"])

    assert code_of(answer) == (403, "insufficient_scope")
    assert (await ada.get("users?search=new@")).json()["total"] == 0


async def test_what_makes_no_sense_is_refused(ada: Person) -> None:
    await ada.post("roles", name="staff")

    answers = [
        await ada.post("roles", name="staff"),
        await ada.post("roles", name="Not A Name"),
        await ada.post("roles", name="typo", permissions=["usres:read"]),
        await ada.patch("roles/staff", permissions=["usres:read"]),
        await ada.patch("roles/admin", permissions=[]),
        await ada.delete("roles/admin"),
        await ada.delete("roles/user"),
        await ada.delete("roles/nobody"),
        await ada.patch(f"users/{ada.id}", roles=["nobody", "admin"]),
    ]

    assert [code_of(answer) for answer in answers] == [
        (409, "role_exists"),
        (422, "validation_error"),
        (422, "validation_error"),
        (422, "validation_error"),
        (409, "built_in_role"),
        (409, "built_in_role"),
        (409, "built_in_role"),
        (404, "not_found"),
        (422, "validation_error"),
    ]
    assert answers[-1].json()["errors"][0]["pointer"] == "/roles"


async def test_the_same_at_once_is_no_error(ada: Person, eve: Person) -> None:
    answers = await asyncio.gather(
        *(ada.patch(f"users/{eve.id}", roles=["moderator"]) for _ in range(4))
    )

    assert [answer.status_code for answer in answers] == [200] * 4
    assert (await eve.get("users/me")).json()["roles"] == ["moderator", "user"]


async def test_a_role_that_was_deleted_meanwhile_cannot_be_saved(runtime: Runtime) -> None:
    with pytest.raises(RoleNotFound):
        async with runtime.unit_of_work() as work:
            await RoleRepository(work).save(Role("gone", "", frozenset({"users:read"})))
