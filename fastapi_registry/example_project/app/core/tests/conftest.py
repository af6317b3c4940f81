"""A small block, to see from outside what core does for every block."""

from collections.abc import Sequence
from typing import Annotated

import pytest
from fastapi import File, Form
from pydantic import Field, SecretStr
from sqlalchemy import func, insert, select

from app.core.blocks import Block
from app.core.caller import CurrentCaller
from app.core.errors import BlockError, Conflict
from app.core.ids import uuid7
from app.core.outbox import MailRow
from app.core.pagination import Paging
from app.core.routing import BlockRouter
from app.core.schemas import ApiModel, JsonObject, Page
from app.core.work import UnitOfWork, Work

router = BlockRouter(prefix="/notes", tags=["notes"])


class NewNote(ApiModel):
    password: SecretStr = Field(min_length=5)
    note_text: str = "nothing"
    labels: JsonObject | None = None


class Note(ApiModel):
    note_text: str


class RefusedButCounted(BlockError):
    status, code, title = 400, "refused", "Refused"
    keeps_writes = True


async def write_a_row(work: UnitOfWork) -> None:
    session = await work.writing()
    now = work.now()
    await session.execute(
        insert(MailRow).values(id=uuid7(), sealed=b"", attempts=99, due_at=now, created_at=now)
    )


@router.post("", status_code=201)
async def write(body: NewNote, work: Work) -> Note:
    await write_a_row(work)
    return Note(note_text=body.note_text)


@router.post("/refused")
async def refuse(work: Work) -> None:
    await write_a_row(work)
    raise RefusedButCounted("No, but we remember.")


@router.post("/conflicting")
async def conflict(work: Work) -> None:
    await write_a_row(work)
    raise Conflict


@router.post("/broken")
async def break_down(work: Work) -> None:
    await write_a_row(work)
    raise RuntimeError("a secret detail")


@router.post("/form")
async def take_form(word: Annotated[str, Form()]) -> Note:
    return Note(note_text=word)


@router.post("/file")
async def take_file(file: Annotated[bytes, File()]) -> Note:
    return Note(note_text=str(len(file)))


@router.get("/mine")
async def read_mine(caller: CurrentCaller) -> Note:
    return Note(note_text=str(caller.user_id))


@router.get("/count")
async def count(work: Work) -> int:
    counted = await work.fetch_one(select(func.count()).select_from(MailRow))
    assert counted is not None
    return counted[0]


@router.get("")
async def list_notes(page: Paging) -> Page[Note]:
    return Page[Note](items=[], total=0, skip=page.skip, limit=page.limit)


@pytest.fixture
def blocks() -> Sequence[Block]:
    return (Block(name="notes", router=router),)
