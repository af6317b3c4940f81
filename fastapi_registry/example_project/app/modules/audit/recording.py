"""Writes the trail: listens to every `AuditableEvent`, in the transaction in which it happened."""

from app.core.audit_trail import AuditableEvent
from app.core.ids import uuid7
from app.core.work import UnitOfWork
from app.modules.audit.models import audit_event
from app.modules.audit.repositories import AuditTrail


async def record(event: AuditableEvent, work: UnitOfWork) -> None:
    caller = work.caller
    await AuditTrail(work).add(
        audit_event(
            event,
            id=uuid7(),
            at=work.now(),
            origin=work.origin,
            caller_id=caller.user_id if caller else None,
            impersonator_id=caller.impersonator_id if caller else None,
        )
    )
