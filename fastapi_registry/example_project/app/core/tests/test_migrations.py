"""Core's own revisions make the tables that core's models describe."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Index, MetaData, Table, inspect

from app.clients.database import Database
from app.core.config import DatabaseSettings
from app.core.database_schema import with_blocks
from app.core.outbox import MailRow
from app.core.tables import Base

REVISIONS = sorted((Path(__file__).parents[1] / "migrations").glob("*.py"))


def load(file: Path) -> ModuleType:
    spec = spec_from_file_location(f"revision_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def upgrade(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        for file in REVISIONS:
            load(file).upgrade()


def downgrade(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        for file in reversed(REVISIONS):
            load(file).downgrade()


def names(indexes: set[Index]) -> set[str]:
    return {str(index.name) for index in indexes}


async def test_they_make_what_the_models_describe(database_url: str) -> None:
    database = Database(DatabaseSettings(url=database_url))

    def made(connection: Connection) -> Table:
        upgrade(connection)
        return Table(MailRow.__tablename__, MetaData(), autoload_with=connection)

    async with database.engine.begin() as connection:
        table = await connection.run_sync(made)
    described = Base.metadata.tables[MailRow.__tablename__]

    assert [column.name for column in table.columns] == [c.name for c in described.columns]
    assert [c.nullable for c in table.columns] == [c.nullable for c in described.columns]
    assert names(table.indexes) == names(described.indexes)
    await database.close()


async def test_they_can_be_taken_back(database_url: str) -> None:
    database = Database(DatabaseSettings(url=database_url))

    async with database.engine.begin() as connection:
        await connection.run_sync(upgrade)
        await connection.run_sync(downgrade)
        left = await connection.run_sync(lambda sync: inspect(sync).get_table_names())

    assert left == []
    await database.close()


def test_with_blocks_adds_ours_to_their_metadata_which_stays_what_it_was() -> None:
    """An `env.py` may go on with `target_metadata.tables` or `.naming_convention`."""
    theirs = MetaData(naming_convention={"ix": "their_%(table_name)s"})
    Table("orders", theirs)

    both = with_blocks(theirs)

    assert both is theirs
    assert {*theirs.tables} == {"orders", *Base.metadata.tables}
    assert theirs.naming_convention == {"ix": "their_%(table_name)s"}
    assert names_of(theirs) == names_of(Base.metadata)
    assert with_blocks(both) is theirs


def names_of(metadata: MetaData) -> set[object]:
    """Of the indexes and constraints of our tables: what autogenerate compares."""
    tables = [metadata.tables[key] for key in Base.metadata.tables]
    indexes = {index.name for table in tables for index in table.indexes}
    return indexes | {each.name for table in tables for each in table.constraints}


def test_with_blocks_adds_ours_beside_what_ours_cannot_be_put_into() -> None:
    """A metadata with a schema of its own would move our tables there."""
    in_a_schema = MetaData(schema="crm")

    assert with_blocks(in_a_schema) == [in_a_schema, Base.metadata]
    assert with_blocks([in_a_schema]) == [in_a_schema, Base.metadata]
    assert with_blocks([Base.metadata]) == [Base.metadata]
    assert with_blocks(None) == [Base.metadata]
    assert with_blocks(Base.metadata) is Base.metadata
