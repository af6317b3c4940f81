"""The tables of the database: brought up to date by the project's own Alembic history."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.clients.database import Database, begin_immediate
from app.core.root import ROOT
from app.core.runtime import Runtime
from app.core.tables import Base

log = structlog.get_logger(__name__)

_ADVISORY_LOCK: Final = 0x626C6F636B73  # "blocks": any number that nobody else takes


class SchemaNotUpgraded(Exception):
    """The tables could not be brought up to date. Says why, and what to do."""


def alembic_config() -> Config:
    """The nearest `alembic.ini` above this file. Raises `SchemaNotUpgraded`."""
    for folder in Path(__file__).resolve().parents:
        if (ini := folder / "alembic.ini").is_file():
            return Config(ini)
    raise SchemaNotUpgraded("there is no `alembic.ini` in the project")


def with_blocks(target: MetaData | Sequence[MetaData] | None) -> MetaData | Sequence[MetaData]:
    """For an `env.py` that has tables of its own: what it had, with the tables of the blocks.

    With one of the two missing, `alembic revision --autogenerate` would drop its tables.
    """
    if isinstance(target, MetaData) and target.schema is None:
        _copy_tables(target)
        return target
    theirs = [target] if isinstance(target, MetaData) else list(target or ())
    return theirs if Base.metadata in theirs else [*theirs, Base.metadata]


def _copy_tables(target: MetaData) -> None:
    """Under the names that our revisions gave: a copied index is named anew, by its convention."""
    theirs, target.naming_convention = target.naming_convention, Base.metadata.naming_convention
    for table in Base.metadata.sorted_tables:
        if table.key not in target.tables:
            table.to_metadata(target)
    target.naming_convention = theirs


@asynccontextmanager
async def schema_connection(database: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction in which this process alone changes the tables: the others wait.

    The lock is the database's own, so it also holds between machines and ends with the
    connection. Commits at the end.
    """
    if database.address.is_sqlite:
        async with database.reads.connect() as connection:
            # SQLite alters a table by dropping it for a copy: with foreign keys on, rows
            # that refer to it would be deleted. It cannot be switched inside a transaction.
            await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            await connection.run_sync(begin_immediate)
            try:
                yield connection
                await connection.commit()
            finally:
                await connection.rollback()
                await connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    else:
        async with database.engine.begin() as connection:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
            )
            yield connection


async def upgrade_database(database: Database, revision: str = "head") -> None:
    """Run what the database has not run yet. Raises `SchemaNotUpgraded`."""
    try:
        async with schema_connection(database) as connection:
            await run_revisions(connection, revision)
    except (CommandError, SQLAlchemyError, OSError) as error:
        raise SchemaNotUpgraded(upgrade_sentence(error)) from error


async def run_revisions(connection: AsyncConnection, revision: str = "head") -> None:
    """In the transaction of `connection`. Raises what Alembic and the driver raise."""
    config = alembic_config()

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    await connection.run_sync(upgrade)


async def upgrade_at_start(runtime: Runtime) -> None:
    """In development a database is never behind the code. In production a person decides."""
    wanted = runtime.settings.database.auto_migrate
    if wanted is None:
        wanted = runtime.settings.is_development() or runtime.database.address.is_memory
    if wanted:
        try:
            await upgrade_database(runtime.database)
        except SchemaNotUpgraded as error:
            raise SchemaNotUpgraded(
                f"{error}. Check DATABASE_URL and run `python -m {ROOT} db upgrade`; "
                "DATABASE_AUTO_MIGRATE=false starts without it"
            ) from error


def upgrade_sentence(error: Exception) -> str:
    return f"the tables of the database could not be brought up to date: {cause_of(error)}"


def cause_of(error: BaseException) -> str:
    """What went wrong, without a traceback; the driver's words know it best."""
    return str(getattr(error, "orig", None) or error)
