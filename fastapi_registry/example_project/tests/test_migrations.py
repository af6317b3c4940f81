"""The history in `migrations/` makes the tables that the models describe, one process at a time."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from app.clients.database import Database
from app.core.config import DatabaseSettings
from app.core.database_schema import SchemaNotUpgraded, alembic_config, upgrade_database
from app.core.left_tables import leaving_alone, left_tables
from app.core.tables import Base
from app.installed import BLOCKS


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(DatabaseSettings(url=database_url))
    yield made
    await made.close()


def differences(connection: Connection) -> list[object]:
    ours = {"include_name": leaving_alone(alembic_config(), BLOCKS)}
    return list(compare_metadata(MigrationContext.configure(connection, opts=ours), Base.metadata))


def tables(connection: Connection) -> set[str]:
    """Without those that blocks left when they were removed."""
    left = left_tables(alembic_config(), BLOCKS)
    return set(inspect(connection).get_table_names()) - left


async def test_it_makes_what_the_models_describe(database: Database) -> None:
    assert BLOCKS, "importing them brings their tables"

    await upgrade_database(database)

    async with database.reads.connect() as connection:
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(tables) == {*Base.metadata.tables, "alembic_version"}


async def test_workers_that_start_together_upgrade_one_after_the_other(
    database: Database, database_url: str
) -> None:
    if database.address.is_memory:
        pytest.skip("a database in memory has one process")
    others = [Database(DatabaseSettings(url=database_url)) for _ in range(3)]

    await asyncio.gather(*(upgrade_database(each) for each in (database, *others)))

    async with database.reads.connect() as connection:
        assert await connection.run_sync(differences) == []
    for other in others:
        await other.close()


async def test_a_failed_upgrade_is_a_sentence_and_leaves_nothing_behind(
    database: Database,
) -> None:
    with pytest.raises(SchemaNotUpgraded, match="could not be brought up to date"):
        await upgrade_database(database, "nonsense")

    async with database.reads.connect() as connection:
        assert await connection.run_sync(tables) == set()
        if database.address.is_sqlite:
            pragma = await connection.exec_driver_sql("PRAGMA foreign_keys")
            assert pragma.scalar() == 1
