"""The trail over HTTP: read and export. No route adds to it, changes it or shortens it."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse

from app.core.audit_trail import Outcome
from app.core.caller import require
from app.core.errors import NotFound
from app.core.moments import Moment
from app.core.pagination import Paging
from app.core.routing import BlockRouter
from app.core.runtime import runtime_of
from app.core.schemas import Page
from app.core.work import Work
from app.modules.audit.events import TrailExported
from app.modules.audit.export import MEDIA_TYPES, Format, exported
from app.modules.audit.models import Filters
from app.modules.audit.repositories import AuditTrail
from app.modules.audit.schemas import AuditEventResponse

READ: Final = "audit:read"

router = BlockRouter(prefix="/audit", tags=["audit"], dependencies=[Depends(require(READ))])


def asked_filters(
    action: Annotated[str | None, Query(pattern=r"^[\w.]+$", max_length=64)] = None,
    outcome: Outcome | None = None,
    actor_id: UUID | None = None,
    subject_id: UUID | None = None,
    ip: Annotated[str | None, Query(pattern=r"^[\da-fA-F:.]+$", max_length=45)] = None,
    request_id: Annotated[str | None, Query(pattern=r"^[\w.-]+$", max_length=64)] = None,
    start_date: Annotated[Moment | None, Query(description="At this moment or later")] = None,
    end_date: Annotated[Moment | None, Query(description="Before this moment")] = None,
) -> Filters:
    return Filters(
        action=action,
        outcome=outcome,
        actor_id=actor_id,
        subject_id=subject_id,
        ip=ip,
        request_id=request_id,
        start_date=start_date,
        end_date=end_date,
    )


AskedFilters = Annotated[Filters, Depends(asked_filters)]


@router.get("/events")
async def list_events(
    filters: AskedFilters, paging: Paging, work: Work
) -> Page[AuditEventResponse]:
    """What happened, the newest first."""
    events, total = await AuditTrail(work).page(filters, skip=paging.skip, limit=paging.limit)
    items = [AuditEventResponse.model_validate(event) for event in events]
    return Page(items=items, total=total, skip=paging.skip, limit=paging.limit)


@router.get("/events/{event_id}")
async def get_event(event_id: UUID, work: Work) -> AuditEventResponse:
    event = await AuditTrail(work).by_id(event_id)
    if event is None:
        raise NotFound
    return AuditEventResponse.model_validate(event)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}},
)
async def export_events(
    filters: AskedFilters, work: Work, request: Request, format: Format = "jsonl"
) -> StreamingResponse:
    """All of it, the oldest first. That you took a copy is the last line."""
    await work.publish(TrailExported(format=format))
    return StreamingResponse(
        exported(runtime_of(request), filters, format),
        media_type=MEDIA_TYPES[format],
        headers={
            "Content-Disposition": f'attachment; filename="audit.{format}"',
            "Cache-Control": "no-store",
        },
    )
