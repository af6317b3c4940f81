"""Log records over HTTP. Each route asks for a permission of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Path, Query, Request

from app.core.caller import Caller, require
from app.core.errors import NotFound
from app.core.ids import uuid7
from app.core.moments import Moment
from app.core.pagination import PageRequest, Paging
from app.core.retention import delete_before
from app.core.routing import BlockRouter
from app.core.runtime import runtime_of
from app.core.schemas import Page
from app.core.work import Work
from app.modules.logs.db_models import LogRow
from app.modules.logs.models import ERRORS, Filters, Level, LogEntry, log_entry
from app.modules.logs.repositories import LogRecords
from app.modules.logs.schemas import CleanupResponse, LogEntryResponse, NewLogEntry

READ: Final = "logs:read"
WRITE: Final = "logs:write"
PURGE: Final = "logs:purge"

_REQUEST_ID: Final = r"^[\w.-]+$"

router = BlockRouter(prefix="/logs", tags=["logs"])
_MAY_READ: Final = [Depends(require(READ))]
_MAY_PURGE: Final = [Depends(require(PURGE))]


def asked_filters(
    user_id: UUID | None = None,
    request_id: Annotated[str | None, Query(pattern=_REQUEST_ID, max_length=64)] = None,
    module: Annotated[str | None, Query(pattern=r"^[\w.-]+$", max_length=200)] = None,
    start_date: Annotated[Moment | None, Query(description="At this moment or later")] = None,
    end_date: Annotated[Moment | None, Query(description="Before this moment")] = None,
    search: Annotated[str | None, Query(pattern=r"^[^\x00]+$", max_length=200)] = None,
) -> Filters:
    return Filters(
        user_id=user_id,
        request_id=request_id,
        module=module,
        start_date=start_date,
        end_date=end_date,
        search=search,
    )


AskedFilters = Annotated[Filters, Depends(asked_filters)]


@router.get("", dependencies=_MAY_READ)
async def list_entries(
    filters: AskedFilters, paging: Paging, work: Work, level: Level | None = None
) -> Page[LogEntryResponse]:
    """The newest first. `level` is that one exactly."""
    asked = replace(filters, levels=(level,) if level else None)
    entries, total = await LogRecords(work).newest(asked, skip=paging.skip, limit=paging.limit)
    return _page(entries, total, paging)


@router.get("/errors", dependencies=_MAY_READ)
async def list_errors(filters: AskedFilters, paging: Paging, work: Work) -> Page[LogEntryResponse]:
    """Those of level ERROR and CRITICAL, the newest first."""
    asked = replace(filters, levels=ERRORS)
    entries, total = await LogRecords(work).newest(asked, skip=paging.skip, limit=paging.limit)
    return _page(entries, total, paging)


@router.get("/request/{request_id}", dependencies=_MAY_READ)
async def trace_request(
    request_id: Annotated[str, Path(pattern=_REQUEST_ID, max_length=64)], paging: Paging, work: Work
) -> Page[LogEntryResponse]:
    """What one request logged, from its beginning to its end."""
    entries, total = await LogRecords(work).trace(request_id, skip=paging.skip, limit=paging.limit)
    return _page(entries, total, paging)


@router.get("/{entry_id}", dependencies=_MAY_READ)
async def get_entry(entry_id: UUID, work: Work) -> LogEntryResponse:
    entry = await LogRecords(work).by_id(entry_id)
    if entry is None:
        raise NotFound
    return LogEntryResponse.model_validate(entry)


@router.post("", status_code=201)
async def write_entry(
    body: NewLogEntry, caller: Annotated[Caller, Depends(require(WRITE))], work: Work
) -> LogEntryResponse:
    """For what other programs have to tell, such as a front end. It is there with the answer."""
    entry = log_entry(
        id=uuid7(),
        at=work.now(),
        level=body.level,
        module=body.module,
        message=body.message,
        request_id=work.origin.request_id,
        user_id=caller.user_id,
        context=body.context,
    )
    await LogRecords(work).add([entry])
    return LogEntryResponse.model_validate(entry)


@router.delete("/cleanup", dependencies=_MAY_PURGE)
async def clean_up(
    days: Annotated[int, Query(ge=1, le=36_500, description="What is older goes")],
    request: Request,
) -> CleanupResponse:
    """A few at a time. Whoever hangs up has deleted a part, and can go on later."""
    runtime = runtime_of(request)
    before = runtime.clock() - timedelta(days=days)
    deleted = [count async for count in delete_before(runtime, LogRow, before)]
    return CleanupResponse(deleted=sum(deleted))


def _page(entries: Sequence[LogEntry], total: int, paging: PageRequest) -> Page[LogEntryResponse]:
    items = [LogEntryResponse.model_validate(entry) for entry in entries]
    return Page(items=items, total=total, skip=paging.skip, limit=paging.limit)
