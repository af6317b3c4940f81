"""`python -m app audit purge`, on a database file."""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from app.core.commands.project import Project
from app.core.config import CoreSettings
from app.core.ids import uuid7
from app.core.tables import Base
from app.modules import audit
from app.modules.audit.commands import audit as commands
from app.modules.audit.db_models import AuditEventRow
from app.modules.audit.models import AuditEvent, Filters
from app.modules.audit.repositories import AuditTrail
from app.modules.audit.tests.test_export import an_event

SECRET = "kY3_vQ8rTz1LwN6xHc0bJp9sFm4aGd7eUo2iXq5R"
YOUNG = 3
OLD = 1001  # more than one batch


@pytest.fixture
def project(tmp_path: Path) -> Project:
    settings = CoreSettings(
        _env_file=None,
        app={"environment": "test"},
        security={"secret_key": SECRET},
        database={"url": f"sqlite+aiosqlite:///{tmp_path}/test.db"},
    )
    made = Project((audit.block,), lambda: settings)
    asyncio.run(_fill(made))
    return made


async def _fill(project: Project) -> None:
    async with project.runtime() as runtime:
        async with runtime.database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with runtime.unit_of_work() as work:
            ages = [timedelta(days=366)] * OLD + [timedelta(days=364)] * YOUNG
            event = asdict(an_event(work.now(), "crow/1"))
            rows = [{**event, "id": uuid7(), "at": work.now() - age} for age in ages]
            await (await work.writing()).execute(insert(AuditEventRow), rows)


def run(project: Project, *arguments: str) -> Result:
    return CliRunner().invoke(commands, list(arguments), obj=project)


def trail(project: Project) -> list[AuditEvent]:
    async def read() -> list[AuditEvent]:
        async with project.runtime() as runtime, runtime.unit_of_work() as work:
            return list(await AuditTrail(work).after(None, Filters(), limit=OLD + YOUNG + 1))

    return asyncio.run(read())


def test_what_is_older_goes_and_the_purge_itself_is_an_event(project: Project) -> None:
    done = run(project, "purge", "--older-than", "365d", "--yes")

    assert (done.exit_code, done.output) == (0, f"Deleted {OLD} events\n")
    *young, purge = trail(project)
    assert len(young) == YOUNG
    assert (purge.action, purge.details["deleted"]) == ("audit_purged", str(OLD))


def test_without_a_yes_nothing_goes(project: Project) -> None:
    done = run(project, "purge", "--older-than", "365d")

    assert done.exit_code == 1
    assert len(trail(project)) == OLD + YOUNG


def test_an_age_that_cannot_be_read_is_explained(project: Project) -> None:
    done = run(project, "purge", "--older-than", "a year", "--yes")

    assert done.exit_code == 2
    assert "365d" in done.output
