"""`python -m app logs purge`, on a database file."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.core.commands.project import Project
from app.core.runtime import utc_now
from app.core.tables import Base
from app.modules import logs
from app.modules.logs.commands import logs as commands
from app.modules.logs.models import Filters
from app.modules.logs.repositories import LogRecords
from app.modules.logs.tests.conftest import Settings, store
from app.modules.logs.tests.test_entries import an_entry

SECRET = "kY3_vQ8rTz1LwN6xHc0bJp9sFm4aGd7eUo2iXq5R"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    settings = Settings(
        _env_file=None,
        app={"environment": "test"},
        security={"secret_key": SECRET},
        database={"url": f"sqlite+aiosqlite:///{tmp_path}/test.db"},
    )
    made = Project((logs.block,), lambda: settings)
    asyncio.run(_fill(made))
    return made


async def _fill(project: Project) -> None:
    async with project.runtime() as runtime:
        async with runtime.database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await store(
            runtime,
            an_entry(utc_now, "old", days_ago=8),
            an_entry(utc_now, "young", days_ago=6),
        )


def messages(project: Project) -> list[str]:
    async def read() -> list[str]:
        async with project.runtime() as runtime, runtime.unit_of_work() as work:
            entries, _ = await LogRecords(work).newest(Filters(), skip=0, limit=9)
            return [entry.message for entry in entries]

    return asyncio.run(read())


def test_what_is_older_goes(project: Project) -> None:
    done = CliRunner().invoke(commands, ["purge", "--older-than", "1w", "--yes"], obj=project)

    assert (done.exit_code, done.output) == (0, "Deleted 1 log records\n")
    assert messages(project) == ["young"]


def test_without_a_yes_nothing_goes(project: Project) -> None:
    done = CliRunner().invoke(commands, ["purge", "--older-than", "1w"], obj=project)

    assert done.exit_code == 1
    assert len(messages(project)) == 2
