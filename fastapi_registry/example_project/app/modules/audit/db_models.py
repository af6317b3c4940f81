"""The table of the trail. Rows are added and, when they are old enough, deleted: never changed."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import JSON, Connection, Index, String, event, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.retention import DatedRow
from app.core.tables import table


class AuditEventRow(DatedRow):
    """Without foreign keys: the trail outlives the users that it tells of."""

    __tablename__ = table("audit_events")

    action: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[UUID | None]
    impersonator_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(255))
    request_id: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, str]] = mapped_column(JSON)

    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "actor_id", "at"),
        Index(None, "subject_id", "at"),
        Index(None, "request_id"),
    )


_TABLE: Final = AuditEventRow.__tablename__
_REFUSAL: Final = "the audit trail is never changed"
_TRIGGERS: Final[Mapping[str, Sequence[str]]] = {
    "sqlite": [
        f"CREATE TRIGGER {_TABLE}_stay BEFORE UPDATE ON {_TABLE} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    ],
    "postgresql": [
        f"CREATE FUNCTION {_TABLE}_stay() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        f"CREATE TRIGGER {_TABLE}_stay BEFORE UPDATE ON {_TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {_TABLE}_stay()",
    ],
}


@event.listens_for(AuditEventRow.__table__, "after_create")
def _refuse_updates(_: object, connection: Connection, **__: object) -> None:
    """The database itself keeps the trail as it was written, whoever writes to it.

    The migration says the same; this is for tables that tests make from the models.
    """
    for statement in _TRIGGERS[connection.dialect.name]:
        connection.execute(text(statement))
