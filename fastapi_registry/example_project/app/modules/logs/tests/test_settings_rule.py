"""Every variable of logs has an effect that somebody outside of the app can see."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from pydantic_settings import BaseSettings

from app.core.logging_config import configure_logging
from app.core.runtime import Runtime, build_runtime, utc_now
from app.core.tables import Base
from app.core.tests.effects import Effect, unobserved
from app.modules import logs
from app.modules.logs import LogsSettings
from app.modules.logs.lifespan import forget_old, recording
from app.modules.logs.models import Filters
from app.modules.logs.repositories import LogRecords
from app.modules.logs.tests.conftest import Settings, store
from app.modules.logs.tests.test_entries import an_entry


class OwnSettings(BaseSettings):
    logs: LogsSettings = LogsSettings()


@asynccontextmanager
async def an_app() -> AsyncIterator[Runtime]:
    """Made from the environment."""
    settings = Settings()
    configure_logging(settings)
    runtime = build_runtime(settings, (logs.block,))
    async with runtime.database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield runtime
    await runtime.close()


async def messages(runtime: Runtime) -> list[str]:
    async with runtime.unit_of_work() as work:
        entries, _ = await LogRecords(work).newest(Filters(), skip=0, limit=9)
    return sorted(entry.message for entry in entries)


async def stored_of_an_info_and_an_error() -> list[str]:
    async with an_app() as runtime:
        async with recording(runtime):
            logging.getLogger("shop").info("info")
            logging.getLogger("shop").error("worse")
        return await messages(runtime)


async def left_of_yesterday_and_today() -> list[str]:
    async with an_app() as runtime:
        await store(runtime, an_entry(utc_now, "yesterday", days_ago=1), an_entry(utc_now, "today"))
        await forget_old(runtime)
        return await messages(runtime)


EVERYTHING = ["info", "worse"]
IN_MEMORY = {"DATABASE_URL": "memory://"}
EFFECTS = [
    Effect(
        "LOGS_LEVEL",
        "warning",
        stored_of_an_info_and_an_error,
        otherwise=EVERYTHING,
        then=["worse"],
        given=IN_MEMORY,
    ),
    Effect(
        "LOGS_QUEUE_SIZE",
        "1",
        stored_of_an_info_and_an_error,
        otherwise=EVERYTHING,
        then=["info", "log records were dropped: 1"],
        given=IN_MEMORY,
    ),
    Effect(
        "LOGS_RETENTION_DAYS",
        "1",
        left_of_yesterday_and_today,
        otherwise=["today", "yesterday"],
        then=["today"],
        given=IN_MEMORY,
    ),
]


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.variable)
async def test_a_variable_rules(effect: Effect, monkeypatch: pytest.MonkeyPatch) -> None:
    otherwise, then = await effect.observed(Settings, monkeypatch)

    assert (otherwise, then) == (effect.otherwise, effect.then)


def test_no_variable_is_forgotten() -> None:
    assert unobserved(OwnSettings, EFFECTS) == set()


def test_zero_days_keep_everything() -> None:
    assert LogsSettings(retention_days=0).retention is None
    assert LogsSettings(retention_days=7).retention == timedelta(days=7)
