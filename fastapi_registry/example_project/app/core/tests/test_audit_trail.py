"""What an auditor can know of every event: who, from where, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import httpx2
import pytest

from app.core.audit_trail import AccessDenied, AuditableEvent
from app.core.blocks import Block, on
from app.core.caller import CALLERS
from app.core.origin import Origin
from app.core.runtime import Runtime
from app.core.tests.test_caller import ByHeader, router
from app.core.tests.test_work import rows, write_a_row
from app.core.work import UnitOfWork


@dataclass(frozen=True)
class Heard:
    event: AuditableEvent
    origin: Origin
    caller_id: UUID | None


@pytest.fixture
def trail() -> list[Heard]:
    return []


@pytest.fixture
def blocks(trail: list[Heard]) -> Sequence[Block]:
    async def write_down(event: AuditableEvent, work: UnitOfWork) -> None:
        await write_a_row(work)
        trail.append(Heard(event, work.origin, work.caller.user_id if work.caller else None))

    return (
        Block(
            name="who",
            router=router,
            provides=[CALLERS.provided_by(ByHeader)],
            listens=[on(AuditableEvent, write_down)],
        ),
    )


async def test_r98_a_denied_request_is_told_and_remembered(
    client: httpx2.AsyncClient, runtime: Runtime, trail: list[Heard]
) -> None:
    headers = {
        "authorization": "nobody",
        "user-agent": "curl\x7f" + "8" * 300,
        "x-request-id": "trace-0001",
    }

    answer = await client.get("/api/v1/reports", headers=headers)

    [heard] = trail
    assert answer.status_code == 403
    assert heard.event == AccessDenied(permission="reports:read")
    assert heard.caller_id is not None
    assert heard.origin.ip == "127.0.0.1"
    assert heard.origin.user_agent == "curl" + "8" * 251
    assert heard.origin.request_id == "trace-0001"
    assert await rows(runtime) == 1


async def test_a_unit_without_a_request_comes_from_nowhere(runtime: Runtime) -> None:
    async with runtime.unit_of_work() as work:
        assert (work.origin, work.caller) == (Origin(), None)
