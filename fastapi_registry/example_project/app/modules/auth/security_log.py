"""What happened to an account, for its owner to see. Written in the transaction of the event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select

from app.core.ids import uuid7
from app.core.work import UnitOfWork
from app.modules.auth.db_models import SecurityEventRow
from app.modules.auth.events import SecurityEvent
from app.modules.auth.models import SessionId, UserId

_ADD = insert(SecurityEventRow)


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    id: UUID
    kind: str
    at: datetime
    session_id: SessionId | None
    ip: str
    user_agent: str


async def record(event: SecurityEvent, work: UnitOfWork) -> None:
    """Listens to every `SecurityEvent`."""
    await work.execute(
        _ADD,
        {
            "id": uuid7(),
            "user_id": event.user_id,
            "kind": event.kind,
            "at": work.now(),
            "session_id": event.session_id,
            "ip": event.device.ip if event.device else "",
            "user_agent": event.device.user_agent if event.device else "",
        },
    )


class SecurityLog:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def page(
        self, user_id: UserId, *, skip: int, limit: int
    ) -> tuple[Sequence[RecordedEvent], int]:
        """The newest first, and how many there are."""
        row = SecurityEventRow
        events = await self._work.fetch(
            select(row.id, row.kind, row.at, row.session_id, row.ip, row.user_agent)
            .where(row.user_id == user_id)
            .order_by(row.at.desc(), row.id.desc())
            .offset(skip)
            .limit(limit)
        )
        count = await self._work.fetch_one(select(func.count()).where(row.user_id == user_id))
        return [RecordedEvent(*event) for event in events], count[0] if count else 0
