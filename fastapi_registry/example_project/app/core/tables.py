"""What all tables share: the base class, the names, and time."""

from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import DateTime, Dialect, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

PREFIX = ""


def table(name: str) -> str:
    """The name of a table in this database, which other software may share."""
    return PREFIX + name


class Base(DeclarativeBase):
    """The base of every table.

    Constraints have names, because Alembic can only drop what has one
    (https://alembic.sqlalchemy.org/en/latest/naming.html).
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC, on every database.

    SQLite keeps no zone and PostgreSQL answers in the zone of the connection: both
    come back as UTC. A naive datetime is refused, since nobody knows what it means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def render_item(kind: str, item: object, context: object) -> str | Literal[False]:
    """Let Alembic write plain SQLAlchemy: a revision must outlive the classes of the app."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False
