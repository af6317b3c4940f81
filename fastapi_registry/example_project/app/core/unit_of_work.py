"""One request, job or command = one unit of work = at most one write transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar, TypeVarTuple

from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.database import is_passing
from app.clients.email import Mail
from app.core.blocks import ExtensionPoint, Permission
from app.core.errors import BlockError, Busy
from app.core.origin import Origin

if TYPE_CHECKING:
    from sqlalchemy import CursorResult, Executable, Row
    from sqlalchemy.orm import Session
    from sqlalchemy.sql.selectable import TypedReturnsRows

    from app.core.caller import Caller
    from app.core.config import CoreSettings
    from app.core.limiters import Limits
    from app.core.runtime import Closable, Runtime

C = TypeVar("C", bound="Closable")
P = TypeVar("P")
S = TypeVar("S", bound=BaseModel)
V = TypeVar("V")
Columns = TypeVarTuple("Columns")


class UnitOfWork:
    """The database, the settings and the other blocks, as one request sees them.

    Reading opens no transaction, so none is open while a password is hashed or the
    network is waited for. The first write opens the one transaction of the unit; from
    then on reading goes through it too, and sees what was written.
    """

    caller: Caller | None = None
    """Who is calling, as soon as somebody has asked."""

    def __init__(self, runtime: Runtime, origin: Callable[[], Origin] = Origin) -> None:
        self._runtime = runtime
        self._origin = origin
        self._session: AsyncSession | None = None
        self._after_commit: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Commit if all went well, or with an error that keeps its writes. Else roll back."""
        if error is None or (isinstance(error, BlockError) and error.keeps_writes):
            return await self.commit()
        await self.rollback()
        if isinstance(error, DBAPIError) and is_passing(error):
            raise Busy from error

    async def fetch(
        self,
        statement: TypedReturnsRows[*Columns],
        parameters: Mapping[str, object] | None = None,
    ) -> Sequence[Row[*Columns]]:
        """The rows of a SELECT. Select columns: an entity would need a session."""
        with _busy_if_it_passes():
            if self._session is not None:
                return (await self._session.execute(statement, parameters)).all()
            return await self._runtime.database.read(statement, parameters)

    async def fetch_one(
        self,
        statement: TypedReturnsRows[*Columns],
        parameters: Mapping[str, object] | None = None,
    ) -> Row[*Columns] | None:
        """The first row, if there is one."""
        rows = await self.fetch(statement, parameters)
        return rows[0] if rows else None

    async def execute(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> CursorResult[Any]:
        """Run a statement in the write transaction, which begins if need be.

        Objects of the session do not notice: this takes half as long as `session.execute`.
        """
        session = await self.writing()
        with _busy_if_it_passes():
            return await session.run_sync(_execute, statement, parameters)

    async def writing(self) -> AsyncSession:
        """The session of the write transaction, which begins with the first call.

        Flush in it, never commit: the unit commits when it ends well.
        """
        if self._session is None:
            self._session = self._runtime.database.session()
            with _busy_if_it_passes():
                await self._session.connection()
        return self._session

    def section(self, kind: type[S]) -> S:
        """The settings section of a block. Raises `LookupError` if it is not installed."""
        return self._runtime.settings.section(kind)

    def all(self, point: ExtensionPoint[P]) -> list[P]:
        """What the installed blocks provide at an extension point, in block order."""
        return self._runtime.wiring.implementations(point, self)

    @property
    def permissions(self) -> Sequence[Permission]:
        """All that the installed blocks know, by name."""
        return self._runtime.wiring.permissions

    async def publish(self, event: object) -> None:
        """Tell the listeners, in this transaction: if one fails, all is undone."""
        await self._runtime.wiring.publish(event, self)

    async def send(self, mail: Mail) -> None:
        """Post a mail with this transaction. It is delivered after the commit, if it comes."""
        await self._runtime.outbox.post(mail, await self.writing())
        self.after_commit(self._runtime.outbox.kick)

    async def send_to_nobody(self) -> None:
        """Take as long as `send`: the time of an answer must not tell whether a mail went out."""
        await self._runtime.outbox.post_nothing(await self.writing())

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        return self._runtime.clock()

    @property
    def origin(self) -> Origin:
        """The request that is served. Found out when asked for: most requests need not know."""
        return self._origin()

    @property
    def limits(self) -> Limits:
        return self._runtime.limits

    def kept(self, kind: type[C], make: Callable[[], C]) -> C:
        """The app's one `kind`, made when it is first asked for and closed with the app."""
        return self._runtime.kept(kind, make)

    def once(self, make: Callable[[CoreSettings], V]) -> V:
        """What `make` makes of the settings. They never change, so it is called only once."""
        return self._runtime.once(make)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call it once what was written is safe; never if it was rolled back."""
        self._after_commit.append(callback)

    async def commit(self) -> None:
        """Raises `Busy` if the database refuses: nothing was written then."""
        if self._session is not None:
            try:
                await self._session.commit()
            except (DBAPIError, PoolTimeout, OSError) as error:
                raise Busy from error
            finally:
                await self._close()
        callbacks, self._after_commit = self._after_commit, []
        for callback in callbacks:
            callback()

    async def rollback(self) -> None:
        if self._session is not None:
            await self._close()
        self._after_commit.clear()

    async def _close(self) -> None:
        """Give the connection back, also when the request is being cancelled."""
        session, self._session = self._session, None
        if session is not None:
            await asyncio.shield(session.close())


def _execute(
    session: Session, statement: Executable, parameters: Mapping[str, object] | None
) -> CursorResult[Any]:
    session.flush()  # what it was given earlier comes first
    return session.connection().execute(statement, parameters)


@contextmanager
def _busy_if_it_passes() -> Iterator[None]:
    """What the database may do right a moment later becomes `Busy`. A mistake of ours stays."""
    try:
        yield
    except (DBAPIError, PoolTimeout, OSError) as error:
        if is_passing(error):
            raise Busy from error
        raise
