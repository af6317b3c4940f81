"""Lists of people over HTTP: R20, R87."""

import pytest

from app.core.runtime import Runtime
from app.modules.users.tests.conftest import (
    MakePerson,
    Person,
    a_user,
    auth_of,
    code_of,
    users_of,
)

NAMES = ("Łucja", "ŁUKASZ", "ann_a", "annxa", "Zoë", "zoe", "Özlem", "100% Ann")


@pytest.fixture
async def people(runtime: Runtime, ada: Person) -> None:
    async with runtime.unit_of_work() as work:
        for number, name in enumerate(NAMES):
            await auth_of(work).users.add(a_user(f"Person.{number}@EXAMPLE.com", name, work.now()))


async def names(ada: Person, query: str) -> list[str]:
    answer = await ada.get(f"users?{query}")
    assert answer.status_code == 200, answer.text
    return [user["name"] for user in answer.json()["items"]]


@pytest.mark.usefixtures("people")
async def test_r87_a_search_finds_parts_in_any_case_of_any_script(ada: Person) -> None:
    assert await names(ada, "search=ŁU&sort=name") == ["Łucja", "ŁUKASZ"]
    assert await names(ada, "search=łu&sort=name") == ["Łucja", "ŁUKASZ"]
    assert await names(ada, "search=zoe%CC%88") == ["Zoë"]
    assert await names(ada, "search=PERSON.3@") == ["annxa"]


@pytest.mark.usefixtures("people")
async def test_r87_wildcards_are_letters(ada: Person) -> None:
    assert await names(ada, "search=ann_") == ["ann_a"]
    assert await names(ada, "search=%25") == ["100% Ann"]
    assert await names(ada, "search=/") == []
    assert await names(ada, "search=%5C") == []


@pytest.mark.usefixtures("people")
async def test_r87_every_order_is_the_same_on_every_database(ada: Person) -> None:
    by_name = ["100% Ann", "Ada", "ann_a", "annxa", "zoe", "Zoë", "Özlem", "Łucja", "ŁUKASZ"]
    assert await names(ada, "sort=name") == by_name
    assert await names(ada, "sort=-name") == by_name[::-1]
    assert await names(ada, "sort=email") == ["Ada", *NAMES]
    assert (await names(ada, "sort=last_login_at"))[0] == "Ada"
    assert (await names(ada, "sort=-last_login_at"))[0] == "Ada"
    assert len(await names(ada, "sort=created_at")) == 9


@pytest.mark.usefixtures("people")
async def test_r87_pages_join_without_a_gap_or_an_overlap(ada: Person) -> None:
    first = (await ada.get("users?limit=4")).json()
    rest = [await names(ada, f"skip={skip}&limit=4") for skip in (4, 8)]

    assert (first["total"], first["skip"], first["limit"]) == (9, 0, 4)
    together = [user["name"] for user in first["items"]] + rest[0] + rest[1]
    assert sorted(together) == sorted(["Ada", *NAMES])


async def test_r87_what_no_list_knows_is_refused(ada: Person) -> None:
    queries = (
        "limit=101",
        "limit=0",
        "skip=-1",
        "sort=password_hash",
        "sort=name;drop",
        "role=A B",
        "search=%00",
        f"search={'a' * 101}",
    )

    answers = [await ada.get(f"users?{query}") for query in queries]

    assert [code_of(answer) for answer in answers] == [(422, "validation_error")] * len(queries)


async def test_filters_by_role_and_by_who_may_sign_in(ada: Person, make: MakePerson) -> None:
    for name in ("eve", "max", "ida"):
        await make(name, signed_in=False)
    ids = {user["name"]: user["id"] for user in (await ada.get("users")).json()["items"]}
    await ada.patch(f"users/{ids['Max']}", roles=["moderator"])
    await ada.post(f"users/{ids['Eve']}/deactivate")
    await ada.delete(f"users/{ids['Ida']}")

    assert await names(ada, "role=moderator") == ["Max"]
    assert await names(ada, "role=admin") == ["Ada"]
    assert await names(ada, "role=nobody") == []
    assert await names(ada, "sort=name") == ["Ada", "Max"]
    assert await names(ada, "sort=name&include_inactive=true") == ["Ada", "Eve", "Ida", "Max"]
    assert await names(ada, "sort=name&is_active=false") == ["Eve", "Ida"]
    assert await names(ada, "sort=name&is_active=true&include_inactive=true") == ["Ada", "Max"]
    assert await names(ada, "sort=name&role=user") == ["Ada", "Max"]


async def test_r87_a_line_shows_what_is_not_secret(ada: Person) -> None:
    [line] = (await ada.get("users")).json()["items"]

    assert set(line) == {
        "id",
        "email",
        "name",
        "isActive",
        "isAdmin",
        "emailVerified",
        "createdAt",
        "lastLoginAt",
        "deletionDueAt",
        "roles",
    }
    assert line["roles"] == ["admin", "user"]


async def test_r20_an_address_is_found_in_any_spelling_and_invited_once(
    ada: Person, runtime: Runtime
) -> None:
    await ada.post("users", email="Mike@bücher.example", name="Mike")

    again = await ada.post("users", email="MIKE@xn--bcher-kva.example", name="Other")
    lookalike = await ada.post("users", email="m\u0131ke@bücher.example", name="Other")

    assert code_of(again) == (409, "email_taken")
    assert lookalike.status_code == 201
    async with runtime.unit_of_work() as work:
        found = await auth_of(work).users.by_email_key("mike@xn--bcher-kva.example")
    assert found is not None
    assert found.email == "Mike@bücher.example"


async def test_counts_heads(ada: Person, eve: Person, runtime: Runtime) -> None:
    await ada.post("users", email="new@example.com")
    await ada.delete(f"users/{eve.id}")

    async with runtime.unit_of_work() as work:
        counted = await users_of(work).people.headcount()

    assert (counted.total, counted.active, counted.admins) == (3, 2, 1)
    assert (counted.unverified, counted.never_signed_in, counted.deletion_scheduled) == (1, 1, 1)
