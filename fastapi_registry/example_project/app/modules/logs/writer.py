"""Writes what waits, a batch a transaction, beside the requests."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from app.core.errors import Busy
from app.core.ids import uuid7
from app.core.runtime import Runtime
from app.modules.logs.capture import OWN_LOGGER
from app.modules.logs.models import LogEntry, log_entry
from app.modules.logs.repositories import LogRecords
from app.modules.logs.waiting import WaitingEntries

# Its lines reach the terminal and not the table: see `capture.py`.
log = structlog.get_logger(OWN_LOGGER)

ENTRIES_AT_ONCE: Final = 500
_EVERY: Final = timedelta(seconds=1)


class Writer:
    def __init__(self, runtime: Runtime, waiting: WaitingEntries) -> None:
        self._runtime = runtime
        self._waiting = waiting
        self._stopping = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._has_complained = False

    async def run(self) -> None:
        """Write once a second until it is stopped, and then what is left."""
        while not self._stopping.is_set():
            await self.flush()
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY.total_seconds()):
                    await self._stopping.wait()
        await self.flush()

    def stop(self) -> None:
        self._stopping.set()

    async def flush(self) -> None:
        """Write all that waits, or nothing more as soon as the database does not answer."""
        async with self._one_at_a_time:
            try:
                await self._write_all()
                await self._tell_of_dropped()
            except Busy as error:
                self._complain("log records wait: the database does not answer", error)

    async def _write_all(self) -> None:
        while entries := self._waiting.first(ENTRIES_AT_ONCE):
            if not await self._write(entries):
                self._waiting.count_dropped(len(entries))
            self._waiting.forget_first(len(entries))

    async def _write(self, entries: Sequence[LogEntry]) -> bool:
        """False if that is impossible. Raises `Busy` if it is worth another try."""
        try:
            async with self._runtime.unit_of_work() as work:
                await LogRecords(work).add(entries)
        except Busy:
            raise
        except Exception as error:
            # Whatever is wrong with these, those that come after them must not wait for ever.
            self._complain("log records could not be written", error)
            return False
        self._has_complained = False
        return True

    async def _tell_of_dropped(self) -> None:
        dropped = self._waiting.dropped
        if not dropped:
            return
        message = f"log records were dropped: {dropped}"
        told = log_entry(
            id=uuid7(),
            at=datetime.now(UTC),
            level="WARNING",
            module=OWN_LOGGER,
            message=message,
            context={"dropped": dropped},
        )
        if await self._write([told]):
            log.warning(message)
            self._waiting.forget_dropped(dropped)

    def _complain(self, about: str, error: Exception) -> None:
        """Once, until something could be written again: not every second."""
        if not self._has_complained:
            log.warning(about, error=type(error).__name__)
        self._has_complained = True
