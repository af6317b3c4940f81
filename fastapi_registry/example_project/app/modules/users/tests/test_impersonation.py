"""Acting for somebody over HTTP: R89. What such a session is, auth's tests say."""

from app.modules.users.tests.conftest import Heard, MakePerson, Person, code_of

HELPER = ["users:read", "users:update", "users:impersonate"]


async def act_for(helper: Person, user: Person) -> Person:
    answer = await helper.post(f"users/{user.id}/impersonate")
    assert answer.status_code == 200, answer.text
    return Person(user.id, user.email, user.client, user.outbox, tokens=answer.json())


async def test_r89_a_helper_acts_for_a_user_and_both_are_named(
    make: MakePerson, eve: Person, heard: Heard
) -> None:
    helper = await make("helper", may=HELPER)

    acting = await act_for(helper, eve)

    me = (await acting.get("auth/me")).json()
    [begun] = [event for event in heard if event.kind == "impersonation_started"]
    assert (me["id"], me["impersonatorId"]) == (eve.id, helper.id)
    assert (str(begun.subject_id), str(begun.actor_id)) == (eve.id, helper.id)

    await acting.post("auth/logout")
    assert await acting.status() == 401
    assert (await eve.status(), await helper.status()) == (200, 200)
    events = (await eve.get("auth/events")).json()["items"]
    assert [event["kind"] for event in events[:2]] == [
        "impersonation_ended",
        "impersonation_started",
    ]


async def test_r89_nobody_acts_for_an_admin_or_for_who_may_do_more(
    ada: Person, make: MakePerson
) -> None:
    helper = await make("helper", may=HELPER)
    other = await make("other", admin=True)
    chief = await make("chief", may=["reports:read"], signed_in=False)
    plain = await make("plain", may=["users:read"])

    answers = [
        await ada.post(f"users/{other.id}/impersonate"),
        await ada.post(f"users/{ada.id}/impersonate"),
        await helper.post(f"users/{ada.id}/impersonate"),
        await helper.post(f"users/{chief.id}/impersonate"),
        await helper.post(f"users/{helper.id}/impersonate"),
        await plain.post(f"users/{helper.id}/impersonate"),
    ]

    assert {code_of(answer) for answer in answers} == {(403, "insufficient_scope")}


async def test_r89_accounts_are_managed_in_ones_own_name(
    ada: Person, eve: Person, make: MakePerson
) -> None:
    moderator = await make("moderator", may=HELPER)
    acting = await act_for(ada, moderator)

    answers = [
        await acting.post(f"users/{eve.id}/deactivate"),
        await acting.post(f"users/{eve.id}/impersonate"),
        await acting.patch(f"users/{eve.id}", name="Fool"),
        await acting.post("auth/change-email", newEmail="ada@example.org"),
    ]

    assert {code_of(answer) for answer in answers} == {(403, "insufficient_scope")}
    assert (await acting.get("users")).status_code == 200


async def test_r88_it_ends_with_the_account_of_either(
    ada: Person, make: MakePerson, eve: Person
) -> None:
    helper = await make("helper", may=HELPER)
    for_eve, for_eve_too = await act_for(helper, eve), await act_for(ada, eve)

    await ada.post(f"users/{helper.id}/deactivate")
    assert (await for_eve.status(), await for_eve_too.status()) == (401, 200)

    await ada.post(f"users/{eve.id}/deactivate")
    assert await for_eve_too.status() == 401


async def test_nobody_acts_for_a_deactivated_account(ada: Person, eve: Person) -> None:
    await ada.post(f"users/{eve.id}/deactivate")

    answer = await ada.post(f"users/{eve.id}/impersonate")

    assert code_of(answer) == (409, "account_inactive")
