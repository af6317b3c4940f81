"""The export: everything, in pieces, in two formats."""

import asyncio
import csv
import io
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import insert, text
from starlette.types import Message, Scope

from app.core.ids import uuid7
from app.core.runtime import Runtime
from app.core.testing import Clock
from app.modules.audit.db_models import AuditEventRow
from app.modules.audit.export import EVENTS_AT_ONCE, csv_rows, exported
from app.modules.audit.models import AuditEvent, Filters
from app.modules.audit.tests.conftest import EVE, Person


def an_event(at: datetime, user_agent: str) -> AuditEvent:
    return AuditEvent(
        id=uuid7(),
        at=at,
        action="apple_picked",
        outcome="success",
        actor_id=None,
        impersonator_id=None,
        subject_id=EVE,
        ip="192.0.2.1",
        user_agent=user_agent,
        request_id="",
        details={"note": "red"},
    )


async def fill(runtime: Runtime, at: datetime, count: int) -> None:
    """All at the same moment, so that only the ids tell them apart."""
    event = asdict(an_event(at, "crow/1"))
    async with runtime.unit_of_work() as work:
        await (await work.writing()).execute(
            insert(AuditEventRow), [{**event, "id": uuid7()} for _ in range(count)]
        )


async def multiply(runtime: Runtime, copies: int) -> None:
    """Copies of the one event, made by SQLite itself in a tenth of the time."""
    columns = [each.name for each in AuditEventRow.__table__.columns if each.name != "id"]
    copy = f"""
        INSERT INTO {AuditEventRow.__tablename__} (id, {", ".join(columns)})
        WITH RECURSIVE copy(number) AS
            (SELECT 1 UNION ALL SELECT number + 1 FROM copy WHERE number < {copies})
        SELECT lower(hex(randomblob(16))), {", ".join(columns)}
        FROM copy, {AuditEventRow.__tablename__}
    """
    async with runtime.unit_of_work() as work:
        await (await work.writing()).execute(text(copy))


def export_request() -> Scope:
    """As the server hands it over: a client of the tests would wait for the whole answer."""
    return {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/audit/export",
        "query_string": b"",
        "headers": [(b"authorization", b"root")],
    }


async def test_json_lines_are_the_objects_of_the_api_the_oldest_first(
    ada: Person, root: Person
) -> None:
    await ada.pick(note="first")
    await ada.pick(note="second")
    listed = await root.events()

    answer = await root.get("export")

    assert answer.headers["content-type"].startswith("application/jsonl")
    assert answer.headers["cache-control"] == "no-store"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[:2] == list(reversed(listed))
    assert [line["action"] for line in lines[2:]] == ["audit_exported"]


async def test_the_export_takes_the_filters_of_the_list(ada: Person, root: Person) -> None:
    await ada.pick(owner=EVE)
    await ada.pick()

    answer = await root.get("export", format="csv", subject_id=EVE)

    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["action"], row["subjectId"], row["impersonatorId"]) == (
        *("apple_picked", str(EVE)),
        "",
    )


async def test_it_leaves_in_pieces_none_is_missing_and_none_comes_twice(
    runtime: Runtime, clock: Clock
) -> None:
    await fill(runtime, clock(), count := 2 * EVENTS_AT_ONCE + 1)

    pieces = [piece.splitlines() async for piece in exported(runtime, Filters(), "jsonl")]

    assert [len(piece) for piece in pieces] == [EVENTS_AT_ONCE, EVENTS_AT_ONCE, 1]
    assert len({json.loads(line)["id"] for piece in pieces for line in piece}) == count


class TestWithManyEvents:
    @pytest.fixture
    def database_url(self, tmp_path: Path) -> str:
        return f"sqlite+aiosqlite:///{tmp_path}/test.db"

    async def test_the_memory_that_it_needs_does_not_grow_with_the_trail(
        self, runtime: Runtime, app: FastAPI, clock: Clock
    ) -> None:
        count = 50_000
        await fill(runtime, clock(), 1)
        await multiply(runtime, count - 1)
        sizes: list[int] = []

        async def receive() -> Message:
            """The client neither sends a body nor goes away."""
            await asyncio.Event().wait()
            return {}

        async def send(message: Message) -> None:
            sizes.append(message.get("body", b"").count(b"\n"))

        await app(export_request(), receive, send)

        assert sum(sizes) == count + 1  # that it was exported
        assert max(sizes) == EVENTS_AT_ONCE


def test_a_cell_is_no_formula_for_a_spreadsheet() -> None:
    """A user agent is whatever a stranger sends."""
    moment = datetime(2026, 1, 31, tzinfo=UTC)

    [cells] = csv.reader(io.StringIO(csv_rows([an_event(moment, '=HYPERLINK("x")')])))

    assert '\'=HYPERLINK("x")' in cells
    assert not any(cell.startswith("=") for cell in cells)
