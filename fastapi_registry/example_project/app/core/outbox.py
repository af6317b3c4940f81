"""Mails are posted in the transaction that causes them, and delivered after its commit.

So a mail is sent if and only if what it tells has happened; a dead or silent mail server
neither delays nor fails a request; and the time of an answer does not tell whether a mail
was sent. Delivery is at least once: after a crash in the wrong moment a mail comes twice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog
from sqlalchemy import Delete, LargeBinary, Update, delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.database import Database
from app.clients.email import Mail, Mailer, MailNotSent
from app.core.crypto import BrokenSeal, Seals
from app.core.ids import uuid7
from app.core.tables import Base, UtcDateTime, table

if TYPE_CHECKING:
    from app.core.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

_SWEEP_EVERY: Final = timedelta(seconds=30)
_AT_ONCE: Final = 20
_LAST_MOMENT: Final = timedelta(seconds=2)

# When an attempt counts as failed and the next is due. Each is longer than a delivery
# can last, so a mail is never in the hands of two workers.
_RETRY_AFTER: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)


class MailRow(Base):
    """A mail that is not delivered yet. Delivered ones are deleted."""

    __tablename__ = table("mail_outbox")

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Encrypted: mails carry tokens, and a dump of the database must open nothing."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())


@dataclass(frozen=True)
class _Claimed:
    id: UUID
    sealed: bytes
    attempts: int


class Outbox:
    def __init__(
        self,
        *,
        database: Database,
        mailer: Mailer,
        seals: Seals,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._mailer = mailer
        self._seals = seals
        self._clock = clock
        self._deliveries: set[asyncio.Task[None]] = set()
        # The link in the newest mail is the one that works: it must not be overtaken.
        self._one_after_another = asyncio.Lock()

    async def post(self, mail: Mail, work: UnitOfWork) -> UUID:
        """Write the mail into the transaction of `work`."""
        mail_id = uuid7()
        plain = json.dumps(asdict(mail)).encode()
        now = self._clock()
        sealed = self._seals.seal(plain, mail_id.bytes)
        values = {"id": mail_id, "sealed": sealed, "attempts": 0, "due_at": now, "created_at": now}
        await work.execute(insert(MailRow), values)
        return mail_id

    async def post_nothing(self, work: UnitOfWork) -> None:
        """Takes as long as `post`, and leaves nothing in the transaction of `work`."""
        nobodys = Mail(to="", subject="", text="")
        mail_id = await self.post(nobodys, work)
        await work.execute(delete(MailRow).where(MailRow.id == mail_id))

    def kick(self) -> None:
        """Deliver soon, in the background. Works in an app whose lifespan never ran."""
        task = asyncio.get_running_loop().create_task(self._deliver_quietly())
        self._deliveries.add(task)  # the loop alone would let it be collected
        task.add_done_callback(self._deliveries.discard)

    async def drain(self) -> None:
        """Wait until the deliveries that were kicked have ended."""
        # One that has ended may still be listed: waiting for it alone would not let the loop run.
        while running := [each for each in self._deliveries if not each.done()]:
            await asyncio.wait(running)

    async def deliver_due(self) -> int:
        """Deliver all mails that are due now. Returns how many were handed on."""
        delivered = 0
        async with self._one_after_another:
            while claimed := await self._claim():
                outcomes = await asyncio.gather(*(self._deliver(each) for each in claimed))
                delivered += sum(outcomes)
        return delivered

    @asynccontextmanager
    async def sweeping(self) -> AsyncIterator[None]:
        """Look for due mails now and then: retries, and what a crash left behind."""
        stop = asyncio.Event()
        sweeper = asyncio.create_task(self._sweep(stop))
        try:
            yield
        finally:
            stop.set()  # a driver in the middle of a statement may swallow the cancellation
            sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await sweeper

    async def close(self) -> None:
        """Let deliveries end if they are quick. What was not delivered stays in the table."""
        if self._deliveries:
            await asyncio.wait(self._deliveries, timeout=_LAST_MOMENT.total_seconds())
        for task in self._deliveries:
            task.cancel()
        await self.drain()

    async def _sweep(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._deliver_quietly()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _SWEEP_EVERY.total_seconds())

    async def _deliver_quietly(self) -> None:
        try:
            await self.deliver_due()
        except (DBAPIError, PoolTimeout, OSError) as error:
            log.warning("mails wait: the database does not answer", error=type(error).__name__)

    async def _claim(self) -> list[_Claimed]:
        """Take mails that are due, by moving each to its next attempt before the first.

        The condition on `due_at` lets only one of several workers win. If this process
        dies now, the mail is due again later: nothing has to be cleaned up.
        """
        now = self._clock()
        due = (
            select(MailRow.id, MailRow.sealed, MailRow.attempts, MailRow.due_at)
            .where(MailRow.due_at <= now, MailRow.attempts < len(_RETRY_AFTER))
            .order_by(MailRow.due_at)
            .limit(_AT_ONCE)
        )
        claimed = []
        for row in await self._database.read(due):
            taken = (
                update(MailRow)
                .where(MailRow.id == row.id, MailRow.due_at == row.due_at)
                .values(attempts=row.attempts + 1, due_at=now + _RETRY_AFTER[row.attempts])
            )
            if await self._write(taken):
                claimed.append(_Claimed(row.id, row.sealed, row.attempts + 1))
        return claimed

    async def _deliver(self, claimed: _Claimed) -> bool:
        """Whether the mail is done with: handed on, or given up."""
        try:
            plain = self._seals.unseal(claimed.sealed, claimed.id.bytes)
            await self._mailer.deliver(Mail(**json.loads(plain)))
        except BrokenSeal:
            # Neither SECRET_KEY nor one of AUTH_PREVIOUS_SECRET_KEYS. While machines restart one
            # after the other, another of them may know it already.
            log.error("a mail was sealed with an unknown secret", mail=claimed.id)
            if claimed.attempts < len(_RETRY_AFTER):
                return False
        except MailNotSent as error:
            log.warning("a mail was not sent", mail=claimed.id, error=str(error))
            if claimed.attempts < len(_RETRY_AFTER):
                return False
        except Exception:
            # One mail that no mailer can handle must not hold up all the others.
            log.exception("a mail broke the mailer", mail=claimed.id)
            if claimed.attempts < len(_RETRY_AFTER):
                return False
        await self._write(delete(MailRow).where(MailRow.id == claimed.id))
        return True

    async def _write(self, statement: Update | Delete) -> bool:
        """One statement, one transaction. Returns whether it changed a row."""
        async with self._database.session() as session:
            changed = (await session.execute(statement.returning(MailRow.id))).all()
            await session.commit()
        return bool(changed)
