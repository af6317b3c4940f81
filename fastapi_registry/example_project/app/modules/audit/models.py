"""What a line of the trail says. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.core.audit_trail import AuditableEvent, Outcome
from app.core.origin import Origin
from app.core.redaction import without_secrets

MOST_OF_A_DETAIL: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    id: UUID
    at: datetime
    action: str
    outcome: Outcome
    actor_id: UUID | None
    """Who did it; nobody is known of a wrong password, or of a command."""
    impersonator_id: UUID | None
    """Who really sat there, while the actor was impersonated."""
    subject_id: UUID | None
    """The user to whom it happened."""
    ip: str
    user_agent: str
    request_id: str
    details: Mapping[str, str]


def audit_event(
    event: AuditableEvent,
    *,
    id: UUID,
    at: datetime,
    origin: Origin,
    caller_id: UUID | None,
    impersonator_id: UUID | None,
) -> AuditEvent:
    """Who is signed in did it, whatever the event says."""
    return AuditEvent(
        id=id,
        at=at,
        action=event.kind,
        outcome=event.outcome,
        actor_id=caller_id or event.actor_id,
        impersonator_id=impersonator_id,
        subject_id=event.subject_id,
        ip=one_line(origin.ip, 45),
        user_agent=one_line(origin.user_agent, 255),
        request_id=one_line(origin.request_id, 64),
        details={
            one_line(name, 64): one_line(str(value), MOST_OF_A_DETAIL)
            for name, value in without_secrets(event.details).items()
        },
    )


def one_line(text: str, most: int) -> str:
    """What comes from outside must not begin a line of its own in somebody's viewer."""
    return "".join(each if each.isprintable() else " " for each in text[:most])


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which events are asked for. What is None is not asked."""

    action: str | None = None
    outcome: Outcome | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    ip: str | None = None
    request_id: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    """Events before this moment, not at it."""
