"""R98: what happened stands in the trail, with all that an auditor asks, and no more."""

from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.runtime import Runtime
from app.core.tables import table
from app.core.testing import Clock
from app.modules.audit.tests.conftest import ADA, EVE, ROOT, Person


async def test_r98_an_event_says_when_who_whom_from_where_and_what_came_of_it(
    ada: Person, root: Person, clock: Clock
) -> None:
    assert (await ada.pick(owner=EVE, note="red")).status_code == 204

    [event] = await root.events()
    assert event | {"id": ""} == {
        "id": "",
        "at": clock().isoformat().replace("+00:00", "Z"),
        "action": "apple_picked",
        "outcome": "success",
        "actorId": str(ADA),
        "impersonatorId": None,
        "subjectId": str(EVE),
        "ip": "127.0.0.1",
        "userAgent": "basket/1",
        "requestId": "pick-0001",
        "details": {"note": "red", "picker_token": "[hidden]"},
    }
    assert (await root.get(f"events/{event['id']}")).json() == event


async def test_r98_it_is_written_in_the_transaction_of_what_it_tells(
    ada: Person, root: Person
) -> None:
    undone = await ada.pick(ending="undone")
    remembered = await ada.pick(ending="stung")

    assert (undone.status_code, remembered.status_code) == (409, 400)
    assert [(event["action"], event["outcome"]) for event in await root.events()] == [
        ("wasp_stung", "failure"),
        ("apple_picked", "success"),
    ]


async def test_r98_a_denied_request_stands_in_the_trail(ada: Person, root: Person) -> None:
    assert (await ada.get("events")).status_code == 403

    [event] = await root.events(outcome="denied")
    assert (event["action"], event["actorId"]) == ("access_denied", str(ADA))
    assert event["details"] == {"permission": "audit:read"}


async def test_r98_who_impersonates_is_named_beside_whom_they_act_for(
    client: httpx2.AsyncClient, root: Person
) -> None:
    await Person("root as ada", client).pick()

    [event] = await root.events()
    assert (event["actorId"], event["impersonatorId"]) == (str(ADA), str(ROOT))


async def test_r98_the_database_refuses_to_change_an_event_and_lets_old_ones_go(
    ada: Person, root: Person, runtime: Runtime
) -> None:
    await ada.pick()

    with pytest.raises(DBAPIError, match="never changed"):
        async with runtime.unit_of_work() as work:
            change = text(f"UPDATE {table('audit_events')} SET outcome = 'failure'")
            await (await work.writing()).execute(change)

    assert [event["outcome"] for event in await root.events()] == ["success"]


async def test_filters_narrow_the_list_alone_and_together(
    ada: Person, root: Person, clock: Clock
) -> None:
    await ada.pick(owner=EVE)
    clock.advance(timedelta(hours=1))
    await ada.pick(ending="stung")
    later = clock().isoformat()

    async def actions(**asked: str | UUID) -> list[object]:
        return [event["action"] for event in await root.events(**asked)]

    assert await actions(action="wasp_stung") == ["wasp_stung"]
    assert await actions(outcome="failure") == ["wasp_stung"]
    assert await actions(subject_id=EVE) == ["apple_picked"]
    assert len(await actions(actor_id=ADA, ip="127.0.0.1", request_id="pick-0001")) == 3
    assert await actions(end_date=later) == ["apple_picked"]
    assert await actions(start_date=later) == ["wasp_stung", "apple_picked"]
    assert await actions(start_date=later, subject_id=EVE) == []


async def test_pages_do_not_overlap_though_all_happened_at_once(ada: Person, root: Person) -> None:
    for _ in range(5):
        await ada.pick()

    pages = [(await root.get("events", skip=skip, limit=2)).json() for skip in (0, 2, 4)]

    assert {(page["total"], page["limit"]) for page in pages} == {(5, 2)}
    seen = [event["id"] for page in pages for event in page["items"]]
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


async def test_an_event_that_is_not_there_is_a_404(root: Person) -> None:
    answer = await root.get(f"events/{ADA}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
