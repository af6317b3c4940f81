"""R1, R2, R3: who may read the trail, and what happens to everybody else."""

import httpx2
from fastapi import FastAPI

from app.modules.audit.tests.conftest import ADA, Person


def operations(app: FastAPI) -> list[tuple[str, str]]:
    return [
        (method.upper(), path.replace("{event_id}", str(ADA)))
        for path, found in app.openapi()["paths"].items()
        for method in found
        if "/audit/" in path
    ]


def test_r98_no_route_adds_changes_or_deletes(app: FastAPI) -> None:
    assert {method for method, _ in operations(app)} == {"GET"}


async def test_r3_every_route_wants_a_caller_and_the_permission(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    for method, path in operations(app):
        nobody = await client.request(method, path)
        somebody = await client.request(method, path, headers={"authorization": "ada"})

        assert (nobody.status_code, nobody.json()["code"]) == (401, "not_authenticated"), path
        assert nobody.headers["www-authenticate"] == "Bearer"
        assert (somebody.status_code, somebody.json()["code"]) == (403, "insufficient_scope"), path


async def test_r1_a_malformed_question_is_a_422_that_repeats_nothing(root: Person) -> None:
    for asked in (
        *({"limit": "101"}, {"skip": "-1"}, {"skip": str(2**70)}),
        *({"outcome": "hush"}, {"action": "a\x00b"}, {"ip": "hush me"}, {"actor_id": "hush"}),
        *({"start_date": "0001-01-01T00:00:00+02:00"}, {"end_date": "hush"}),
    ):
        answer = await root.get("events", **asked)

        assert answer.status_code == 422, asked
        assert answer.headers["content-type"] == "application/problem+json"
        assert "hush" not in answer.text
