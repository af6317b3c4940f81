"""What auth does beside the requests: a seeded user at the start, and tidying up now and then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from app.core.errors import BlockError
from app.core.runtime import Runtime
from app.core.work import UnitOfWork
from app.modules.auth.repositories import (
    OneTimeTokenRepository,
    SessionRepository,
    UserRepository,
)
from app.modules.auth.seeding import seed

log = structlog.get_logger(__name__)

_TIDY_EVERY: Final = timedelta(hours=1)
_SESSIONS_KEPT_FOR: Final = timedelta(days=90)
"""After their end, so that a device from last month is still a known one."""


@asynccontextmanager
async def lifespan(runtime: Runtime) -> AsyncIterator[None]:
    async with runtime.unit_of_work() as work:
        await seed(work)
    tidying = asyncio.create_task(_tidy_again_and_again(runtime))
    try:
        yield
    finally:
        tidying.cancel()
        with suppress(asyncio.CancelledError):
            await tidying


async def tidy_up(work: UnitOfWork) -> None:
    """Delete what nobody needs any more, and the accounts whose time has come.

    Several workers may do so at once: the second finds nothing.
    """
    now = work.now()
    await UserRepository(work).delete_due(now)
    await OneTimeTokenRepository(work).delete_expired(now)
    await SessionRepository(work).delete_ended(now - _SESSIONS_KEPT_FOR)


async def _tidy_again_and_again(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(_TIDY_EVERY.total_seconds())
        try:
            async with runtime.unit_of_work() as work:
                await tidy_up(work)
        except (BlockError, DBAPIError, OSError) as error:
            log.warning("auth could not tidy up, later again", error=type(error).__name__)
