"""Reads a table that some other program made."""

from collections.abc import Sequence

from sqlalchemy import ColumnClause, Connection, inspect, literal_column, select, table

from app.clients.database import Database
from app.core.config import DatabaseSettings
from app.modules.users.legacy import Row, check_columns


async def rows_of(source: DatabaseSettings, name: str) -> Sequence[Row]:
    """Raises `NotAUsersTable`, and SQLAlchemy's `NoSuchTableError`."""
    database = Database(source)

    def read(connection: Connection) -> Sequence[Row]:
        check_columns(frozenset(column["name"] for column in inspect(connection).get_columns(name)))
        # Without types: what another program wrote into a date need not look like one.
        every_column: ColumnClause[object] = literal_column("*")
        found = connection.execute(select(every_column).select_from(table(name)))
        return [dict(row) for row in found.mappings()]

    try:
        async with database.reads.connect() as connection:
            return await connection.run_sync(read)
    finally:
        await database.close()
