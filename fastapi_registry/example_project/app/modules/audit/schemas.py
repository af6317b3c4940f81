"""What goes over the wire."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from app.core.audit_trail import Outcome
from app.core.schemas import ApiModel


class AuditEventResponse(ApiModel):
    id: UUID
    at: datetime
    action: str
    outcome: Outcome
    actor_id: UUID | None
    impersonator_id: UUID | None
    subject_id: UUID | None
    ip: str
    user_agent: str
    request_id: str
    details: Mapping[str, str]
