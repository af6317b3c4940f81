"""One request, job or command = one unit of work = at most one write transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar, TypeVarTuple

from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.util import greenlet_spawn

from app.clients.database import is_passing
from app.clients.email import Mail
from app.core.blocks import ExtensionPoint, Permission
from app.core.errors import BlockError, Busy
from app.core.origin import Origin

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Executable, Row
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
Parameters: TypeAlias = "Mapping[str, object] | Sequence[Mapping[str, object]]"


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
        self._connection: Connection | None = None
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
            if self._connection is None:
                return await self._runtime.database.read(statement, parameters)
            return (await greenlet_spawn(self._execute, statement, parameters)).all()

    async def fetch_one(
        self,
        statement: TypedReturnsRows[*Columns],
        parameters: Mapping[str, object] | None = None,
    ) -> Row[*Columns] | None:
        """The first row, if there is one."""
        rows = await self.fetch(statement, parameters)
        return rows[0] if rows else None

    async def execute(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> CursorResult[Any]:
        """Run a statement in the write transaction, which begins if need be.

        With several parameters it runs once for each. Objects of the session do not notice:
        this takes half as long as `session.execute`.
        """
        with _busy_if_it_passes():
            return await greenlet_spawn(self._execute, statement, parameters)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails in here is undone alone: the unit can go on."""
        with _busy_if_it_passes():
            savepoint = await greenlet_spawn(lambda: self._begun().begin_nested())
        try:
            yield
        except BaseException:
            await greenlet_spawn(savepoint.rollback)
            raise
        await greenlet_spawn(savepoint.commit)

    async def writing(self) -> AsyncSession:
        """A session in the write transaction, for who would rather work with objects.

        Flush in it, never commit: the unit commits when it ends well.
        """
        if self._session is None:
            with _busy_if_it_passes():
                connection = await greenlet_spawn(self._begun)
            engine = self._runtime.database.engine
            self._session = AsyncSession(
                AsyncConnection(engine, connection), expire_on_commit=False
            )
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
        await self._runtime.outbox.post(mail, self)
        self.after_commit(self._runtime.outbox.kick)

    async def send_to_nobody(self) -> None:
        """Take as long as `send`: the time of an answer must not tell whether a mail went out."""
        await self._runtime.outbox.post_nothing(self)

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
        if self._connection is not None:
            try:
                await greenlet_spawn(self._commit)
            except (DBAPIError, PoolTimeout, OSError) as error:
                raise Busy from error
        callbacks, self._after_commit = self._after_commit, []
        for callback in callbacks:
            callback()

    async def rollback(self) -> None:
        self._after_commit.clear()
        if self._connection is not None:
            # Give it back also when the request is being cancelled.
            await asyncio.shield(greenlet_spawn(self._end))

    # --- in SQLAlchemy's world, where nothing is awaited: one change into it for each question

    def _begun(self) -> Connection:
        """The connection of the write transaction."""
        if self._connection is None:
            self._connection = self._runtime.database.engine.sync_engine.connect()
            self._connection.begin()
        return self._connection

    def _execute(self, statement: Executable, parameters: Parameters | None) -> CursorResult[Any]:
        self._flush()
        return self._begun().execute(statement, parameters)

    def _flush(self) -> None:
        """What the session was given earlier comes first."""
        if self._session is not None:
            self._session.sync_session.flush()

    def _commit(self) -> None:
        try:
            self._flush()
            self._begun().commit()
        finally:
            self._end()

    def _end(self) -> None:
        """Give the connection back. What is not committed is gone."""
        session, self._session = self._session, None
        connection, self._connection = self._connection, None
        if session is not None:
            session.sync_session.close()
        if connection is not None:
            connection.close()


@contextmanager
def _busy_if_it_passes() -> Iterator[None]:
    """What the database may do right a moment later becomes `Busy`. A mistake of ours stays."""
    try:
        yield
    except (DBAPIError, PoolTimeout, OSError) as error:
        if is_passing(error):
            raise Busy from error
        raise
