"""The queries of the trail. None of them changes a row."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, insert, select, tuple_

from app.core.work import UnitOfWork
from app.modules.audit.db_models import AuditEventRow
from app.modules.audit.models import AuditEvent, Filters

_COLUMNS: Final = AuditEventRow.__table__.columns
_NAMES: Final = _COLUMNS.keys()


class AuditTrail:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def add(self, event: AuditEvent) -> None:
        await self._work.execute(insert(AuditEventRow).values(asdict(event)))

    async def by_id(self, event_id: UUID) -> AuditEvent | None:
        row = await self._work.fetch_one(select(*_COLUMNS).where(AuditEventRow.id == event_id))
        return _event(row) if row else None

    async def page(
        self, filters: Filters, *, skip: int, limit: int
    ) -> tuple[Sequence[AuditEvent], int]:
        """The newest first, and how many there are."""
        asked = _conditions(filters)
        rows = await self._work.fetch(
            select(*_COLUMNS)
            .where(*asked)
            .order_by(AuditEventRow.at.desc(), AuditEventRow.id.desc())
            .offset(skip)
            .limit(limit)
        )
        count = await self._work.fetch_one(select(func.count(AuditEventRow.id)).where(*asked))
        return [_event(row) for row in rows], count[0] if count else 0

    async def after(
        self, last: AuditEvent | None, filters: Filters, *, limit: int
    ) -> Sequence[AuditEvent]:
        """The next ones, the oldest first. So a long list is read without a transaction that
        stays open as long as a slow reader takes."""
        place = tuple_(AuditEventRow.at, AuditEventRow.id)
        further = [] if last is None else [place > (last.at, last.id)]
        rows = await self._work.fetch(
            select(*_COLUMNS)
            .where(*_conditions(filters), *further)
            .order_by(AuditEventRow.at, AuditEventRow.id)
            .limit(limit)
        )
        return [_event(row) for row in rows]


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    equal = ("action", "outcome", "actor_id", "subject_id", "ip", "request_id")
    conditions = [
        _COLUMNS[name] == value for name in equal if (value := getattr(filters, name)) is not None
    ]
    if filters.start_date is not None:
        conditions.append(AuditEventRow.at >= filters.start_date)
    if filters.end_date is not None:
        conditions.append(AuditEventRow.at < filters.end_date)
    return conditions


def _event(row: Row[Any]) -> AuditEvent:
    return AuditEvent(**dict(zip(_NAMES, row, strict=True)))
