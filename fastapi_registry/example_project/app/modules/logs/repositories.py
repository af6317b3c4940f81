"""The queries of the log records."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, SQLColumnExpression, func, insert, or_, select

from app.core.work import UnitOfWork
from app.modules.logs.db_models import LogRow
from app.modules.logs.models import Filters, LogEntry

_COLUMNS: Final = LogRow.__table__.columns
_NAMES: Final = _COLUMNS.keys()


class LogRecords:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def add(self, entries: Sequence[LogEntry]) -> None:
        await self._work.execute(insert(LogRow), [asdict(entry) for entry in entries])

    async def by_id(self, entry_id: UUID) -> LogEntry | None:
        row = await self._work.fetch_one(select(*_COLUMNS).where(LogRow.id == entry_id))
        return _entry(row) if row else None

    async def newest(
        self, filters: Filters, *, skip: int, limit: int
    ) -> tuple[Sequence[LogEntry], int]:
        """The newest first, and how many there are."""
        return await self._page(filters, LogRow.at.desc(), LogRow.id.desc(), skip=skip, limit=limit)

    async def trace(
        self, request_id: str, *, skip: int, limit: int
    ) -> tuple[Sequence[LogEntry], int]:
        """What one request logged, as it went on, and how much there is."""
        asked = Filters(request_id=request_id)
        return await self._page(asked, LogRow.at, LogRow.id, skip=skip, limit=limit)

    async def _page(
        self, filters: Filters, *order: SQLColumnExpression[Any], skip: int, limit: int
    ) -> tuple[Sequence[LogEntry], int]:
        asked = _conditions(filters)
        rows = await self._work.fetch(
            select(*_COLUMNS).where(*asked).order_by(*order).offset(skip).limit(limit)
        )
        count = await self._work.fetch_one(select(func.count(LogRow.id)).where(*asked))
        return [_entry(row) for row in rows], count[0] if count else 0


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    row = LogRow
    conditions: list[ColumnElement[bool]] = []
    if filters.levels is not None:
        conditions.append(row.level.in_(filters.levels))
    if filters.user_id is not None:
        conditions.append(row.user_id == filters.user_id)
    if filters.request_id is not None:
        conditions.append(row.request_id == filters.request_id)
    if filters.module is not None:
        below = row.module.startswith(f"{filters.module}.", autoescape=True)
        conditions.append(or_(row.module == filters.module, below))
    if filters.start_date is not None:
        conditions.append(row.at >= filters.start_date)
    if filters.end_date is not None:
        conditions.append(row.at < filters.end_date)
    if filters.search is not None:
        found = (
            column.icontains(filters.search, autoescape=True)
            for column in (row.message, row.exception)
        )
        conditions.append(or_(*found))
    return conditions


def _entry(row: Row[Any]) -> LogEntry:
    return LogEntry(**dict(zip(_NAMES, row, strict=True)))
