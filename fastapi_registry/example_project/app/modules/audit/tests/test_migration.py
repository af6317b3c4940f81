"""R98: the table of the revision refuses changes too, as the one of the models does."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, insert, inspect, update
from sqlalchemy.exc import DBAPIError

from app.clients.database import Database
from app.core.config import DatabaseSettings
from app.modules.audit.db_models import AuditEventRow
from app.modules.audit.tests.test_export import an_event

REVISION = Path(__file__).parents[1] / "migrations" / "0001_audit_events.py"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(DatabaseSettings(url=database_url))
    yield made
    await made.close()


def revision() -> ModuleType:
    spec = spec_from_file_location("revision", REVISION)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def upgrade(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        revision().upgrade()


def downgrade(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        revision().downgrade()


async def test_r98_its_table_takes_events_and_refuses_to_change_them(database: Database) -> None:
    moment = datetime(2026, 1, 31, tzinfo=UTC)
    async with database.engine.begin() as connection:
        await connection.run_sync(upgrade)
        await connection.execute(insert(AuditEventRow).values(asdict(an_event(moment, "crow/1"))))

    with pytest.raises(DBAPIError, match="never changed"):
        async with database.engine.begin() as connection:
            await connection.execute(update(AuditEventRow).values(outcome="failure"))


async def test_a_downgrade_leaves_nothing_behind(database: Database) -> None:
    async with database.engine.begin() as connection:
        for _ in range(2):  # what was left behind would be in the way of the second time
            await connection.run_sync(upgrade)
            await connection.run_sync(downgrade)

        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert tables == []
