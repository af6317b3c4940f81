"""An app that logs, and people who may read what it logged, add to it, or delete it."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
import pytest
import structlog
from fastapi import Request

from app.core.blocks import Block
from app.core.caller import CALLERS, Caller, OptionalCaller
from app.core.config import CoreSettings
from app.core.ids import uuid7
from app.core.routing import BlockRouter
from app.core.runtime import Runtime
from app.core.work import UnitOfWork
from app.modules import logs
from app.modules.logs import LogsSettings, log_errors
from app.modules.logs.models import LogEntry
from app.modules.logs.repositories import LogRecords

READER, WRITER, PURGER, NOBODY = "logs:read", "logs:write", "logs:purge", "nothing"
PEOPLE = {name: uuid7() for name in (READER, WRITER, PURGER, NOBODY)}

log = structlog.get_logger("shop.till")
router = BlockRouter(prefix="/till", tags=["till"])


@router.post("/open", status_code=204)
async def open_till(_: OptionalCaller) -> None:
    log.info("the till is open", coins=12, till_code="hush")


@router.post("/break", status_code=204)
async def break_till(_: OptionalCaller) -> None:
    count_coins("hush")


@log_errors
def count_coins(secret: str) -> None:
    raise ZeroDivisionError("no coins")


class ByPermission:
    """`Authorization: logs:read` is somebody who may read, and nothing else."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def identify(self, request: Request) -> Caller | None:
        name = request.headers.get("authorization")
        if name is None:
            return None
        return Caller(
            user_id=PEOPLE[name],
            session_id=None,
            permissions=frozenset({name}),
            is_admin=False,
            authenticated_at=self._work.now(),
            methods=("pwd",),
        )


class Settings(CoreSettings):
    logs: LogsSettings = LogsSettings()


@pytest.fixture
def blocks() -> Sequence[Block]:
    till = Block(name="till", router=router, provides=[CALLERS.provided_by(ByPermission)])
    return (logs.block, till)


@pytest.fixture
def settings_type() -> type[CoreSettings]:
    return Settings


@dataclass(frozen=True)
class Person:
    name: str
    client: httpx2.AsyncClient

    async def ask(
        self,
        method: str,
        path: str = "",
        *,
        json: object = None,
        trace: str = "trace-of-a-test",
        **asked: str,
    ) -> httpx2.Response:
        return await self.client.request(
            method,
            f"/api/v1/logs{path}",
            params=asked,
            json=json,
            headers={"authorization": self.name, "x-request-id": trace},
        )

    async def found(self, path: str = "", **asked: str) -> list[dict[str, object]]:
        answer = await self.ask("GET", path, **asked)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, object]] = answer.json()["items"]
        return items

    async def messages(self, path: str = "", **asked: str) -> list[object]:
        return [entry["message"] for entry in await self.found(path, **asked)]


@pytest.fixture
def reader(client: httpx2.AsyncClient) -> Person:
    return Person(READER, client)


async def store(runtime: Runtime, *entries: LogEntry) -> None:
    async with runtime.unit_of_work() as work:
        await LogRecords(work).add(entries)
