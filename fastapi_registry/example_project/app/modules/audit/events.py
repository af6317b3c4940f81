"""What happens to the trail itself: whoever copies or shortens it leaves a trace in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.audit_trail import AuditableEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailExported(AuditableEvent):
    """Somebody took a copy."""

    kind = "audit_exported"

    format: str

    @property
    def details(self) -> Mapping[str, str]:
        return {"format": self.format}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPurged(AuditableEvent):
    """What was old enough was deleted."""

    kind = "audit_purged"

    before: datetime
    deleted: int

    @property
    def details(self) -> Mapping[str, str]:
        return {"before": self.before.isoformat(), "deleted": str(self.deleted)}
