"""The table of log records."""

from uuid import UUID

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.retention import DatedRow
from app.core.tables import table


class LogRow(DatedRow):
    __tablename__ = table("log_records")

    level: Mapped[str] = mapped_column(String(8))
    module: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    exception: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[UUID | None]
    context: Mapped[dict[str, object]] = mapped_column(JSON)

    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "level", "at"),
        Index(None, "request_id"),
        Index(None, "user_id", "at"),
    )
