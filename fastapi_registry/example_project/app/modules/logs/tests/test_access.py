"""R1, R2, R3: each route asks for its own permission, and a malformed question is no mishap."""

import httpx2
from fastapi import FastAPI

from app.core.ids import uuid7
from app.modules.logs.tests.conftest import NOBODY, PURGER, READER, WRITER, Person

NEEDED = {"GET": READER, "POST": WRITER, "DELETE": PURGER}


def operations(app: FastAPI) -> list[tuple[str, str]]:
    return [
        (method.upper(), path.replace("{entry_id}", str(uuid7())).replace("{request_id}", "trace"))
        for path, found in app.openapi()["paths"].items()
        for method in found
        if "/logs" in path
    ]


async def test_r3_every_route_wants_a_caller_with_exactly_its_permission(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    assert len(operations(app)) == 6
    for method, path in operations(app):
        nobody = await client.request(method, path)
        assert (nobody.status_code, nobody.json()["code"]) == (401, "not_authenticated"), path
        assert nobody.headers["www-authenticate"] == "Bearer"

        for name in {NOBODY, *NEEDED.values()} - {NEEDED[method]}:
            other = await client.request(method, path, headers={"authorization": name})
            assert (other.status_code, other.json()["code"]) == (403, "insufficient_scope"), path


async def test_r1_a_malformed_question_is_a_422_that_repeats_nothing(reader: Person) -> None:
    for asked in (
        *({"limit": "101"}, {"skip": "-1"}, {"level": "hush"}, {"user_id": "hush"}),
        *({"module": "a\x00b"}, {"search": "hush\x00"}, {"search": ""}, {"request_id": "hu sh"}),
        *({"start_date": "hush"}, {"end_date": "0001-01-01T00:00:00+02:00"}),
    ):
        answer = await reader.ask("GET", **asked)

        assert answer.status_code == 422, asked
        assert "hush" not in answer.text
    for path in ("/hush", "/request/hu%20sh"):
        answer = await reader.ask("GET", path)

        assert (answer.status_code, "hush" in answer.text) == (422, False)
    for days in ("0", "-1", "hush", str(10**9)):
        answer = await Person(PURGER, reader.client).ask("DELETE", "/cleanup", days=days)

        assert answer.status_code == 422, days
