"""All rows of one database into another: how a project moves from SQLite to PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from alembic.migration import MigrationContext
from sqlalchemy import Connection, Table, func, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.clients.database import Database
from app.core.database_schema import SchemaNotUpgraded, run_revisions, schema_connection
from app.core.tables import Base

_AT_ONCE: Final = 500
_ALEMBIC: Final = "alembic_version"


class NotEmpty(Exception):
    """The database that rows were to be copied into has tables already."""


@dataclass(frozen=True)
class Copied:
    rows: int
    tables: int
    left: Sequence[str]
    """Tables of the source that are not the app's."""


async def copy_rows(source: Database, target: Database) -> Copied:
    """Gives `target` its tables, too. It stays empty if anything fails: it is one transaction.

    Raises `NotEmpty`, and `SchemaNotUpgraded` if `source` is at another revision than the code.
    """
    tables = Base.metadata.sorted_tables  # those that others refer to come first
    async with source.engine.connect() as old, schema_connection(target) as new:
        if names := await new.run_sync(_table_names):
            raise NotEmpty(f"it has tables: {', '.join(sorted(names))}")
        await run_revisions(new)
        if await old.run_sync(_heads) != await new.run_sync(_heads):
            raise SchemaNotUpgraded("the database to copy from is not up to date")
        for table in reversed(tables):
            await new.execute(table.delete())  # what revisions wrote is in the source, as it is now
        rows = [await _copy_table(table, old, new) for table in tables]
        left = await old.run_sync(_table_names) - {table.name for table in tables} - {_ALEMBIC}
    return Copied(sum(rows), len(tables), sorted(left))


async def _copy_table(table: Table, old: AsyncConnection, new: AsyncConnection) -> int:
    """By primary key: a row that refers to another one of its table is the younger one."""
    copied = 0
    query = select(*table.columns).order_by(*table.primary_key)
    async with old.stream(query) as found:
        async for part in found.partitions(_AT_ONCE):
            values = [dict(zip(table.columns.keys(), row, strict=True)) for row in part]
            await new.execute(table.insert(), values)
            copied += len(part)
    if copied and new.dialect.name == "postgresql":
        await _count_on(table, new)
    return copied


async def _count_on(table: Table, new: AsyncConnection) -> None:
    """Let a number that the database gives begin after those that were copied."""
    if (column := table.autoincrement_column) is not None:
        sequence = func.pg_get_serial_sequence(table.fullname, column.name)
        await new.execute(select(func.setval(sequence, func.max(column))))


def _table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _heads(connection: Connection) -> tuple[str, ...]:
    return tuple(sorted(MigrationContext.configure(connection).get_current_heads()))
