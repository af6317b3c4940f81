"""Old rows leave a few at a time, so that nobody waits for the end of a long deletion."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.runtime import Runtime
from app.core.tables import Base, UtcDateTime

_ROWS_AT_ONCE: Final = 1000
_PAUSE: Final = timedelta(milliseconds=10)  # SQLite has one writer: others get their turn now


class DatedRow(Base):
    """Something that happened once and is kept for a while. Index `at`."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime())


async def delete_before(
    runtime: Runtime, row: type[DatedRow], moment: datetime
) -> AsyncIterator[int]:
    """Delete what happened before. Tells how many rows each batch had.

    Each batch is a transaction of its own: who stops in the middle has deleted a part.
    """
    old = select(row.id).where(row.at < moment).order_by(row.at).limit(_ROWS_AT_ONCE)
    batch = delete(row).where(row.id.in_(old))
    while True:
        async with runtime.unit_of_work() as work:
            deleted = (await work.execute(batch)).rowcount
        if not deleted:
            return
        yield deleted
        await asyncio.sleep(_PAUSE.total_seconds())
