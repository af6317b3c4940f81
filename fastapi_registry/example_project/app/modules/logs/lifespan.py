"""What logs does beside the requests: it writes what was logged, and forgets what is old."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from app.core.errors import BlockError
from app.core.retention import delete_before
from app.core.runtime import Runtime
from app.modules.logs.capture import OWN_LOGGER, CapturingHandler
from app.modules.logs.db_models import LogRow
from app.modules.logs.settings import LogsSettings
from app.modules.logs.waiting import WaitingEntries
from app.modules.logs.writer import Writer

log = structlog.get_logger(OWN_LOGGER)

_LAST_MOMENT: Final = timedelta(seconds=5)
_TIDY_EVERY: Final = timedelta(hours=1)


@asynccontextmanager
async def lifespan(runtime: Runtime) -> AsyncIterator[None]:
    async with recording(runtime):
        tidying = asyncio.create_task(_tidy_again_and_again(runtime))
        try:
            yield
        finally:
            tidying.cancel()
            with suppress(asyncio.CancelledError):
                await tidying


@asynccontextmanager
async def recording(runtime: Runtime) -> AsyncIterator[Writer]:
    """All that is logged meanwhile is written, the last of it at the end."""
    settings = runtime.settings.section(LogsSettings)
    waiting = WaitingEntries(settings.queue_size)
    handler = CapturingHandler(waiting, settings.level)
    writer = Writer(runtime, waiting)
    writing = asyncio.create_task(writer.run())
    logging.getLogger().addHandler(handler)
    try:
        yield writer
    finally:
        logging.getLogger().removeHandler(handler)
        writer.stop()
        # A database that does not answer must not hold up the end of the app.
        await asyncio.wait([writing], timeout=_LAST_MOMENT.total_seconds())
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing


async def forget_old(runtime: Runtime) -> None:
    """Delete what `LOGS_RETENTION_DAYS` keeps no longer."""
    retention = runtime.settings.section(LogsSettings).retention
    if retention is not None:
        async for _ in delete_before(runtime, LogRow, runtime.clock() - retention):
            pass


async def _tidy_again_and_again(runtime: Runtime) -> None:
    while True:
        try:
            await forget_old(runtime)
        except (BlockError, DBAPIError, OSError) as error:
            log.warning("logs could not tidy up, later again", error=type(error).__name__)
        await asyncio.sleep(_TIDY_EVERY.total_seconds())
