"""Whether the app lives, and whether it can work."""

import httpx2

from app.clients.database import Database
from app.clients.redis import Redis
from app.core.config import DatabaseSettings
from app.core.runtime import Runtime


async def test_is_ready_when_the_database_answers(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok"}}


async def test_names_the_part_that_fails(client: httpx2.AsyncClient, runtime: Runtime) -> None:
    runtime.redis = Redis("redis://127.0.0.1:1")

    answer = await client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "redis": "unavailable"}


async def test_lives_while_the_database_is_down_and_is_not_ready(
    client: httpx2.AsyncClient, runtime: Runtime
) -> None:
    await runtime.database.close()
    runtime.database = Database(DatabaseSettings(url="postgresql://nobody:hush@127.0.0.1:1/none"))

    alive, ready = await client.get("/health"), await client.get("/health/ready")

    assert (alive.status_code, ready.status_code) == (200, 503)
    assert ready.json()["checks"] == {"database": "unavailable"}
    assert "hush" not in ready.text


async def test_a_route_says_busy_while_the_database_is_down(
    client: httpx2.AsyncClient, runtime: Runtime
) -> None:
    await runtime.database.close()
    runtime.database = Database(DatabaseSettings(url="postgresql://nobody@127.0.0.1:1/none"))

    answers = [await client.get("/api/v1/notes/count"), await client.post("/api/v1/notes/refused")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert [answer.json()["code"] for answer in answers] == ["busy", "busy"]
