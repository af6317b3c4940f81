"""The database: one engine, seen in two ways.

`reads` is autocommit: a SELECT is one round trip. `session()` opens the write transaction.
Nothing is connected before the first use, so an app that is merely imported opens nothing.
"""

import sqlite3
import time
from asyncio import get_running_loop, sleep
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self, TypeVarTuple
from uuid import uuid4
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Connection, Row, event, select
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.util import await_only, greenlet_spawn

from app.clients.database_url import DatabaseAddress, normalised
from app.core.config import DatabaseSettings

Columns = TypeVarTuple("Columns")

log = structlog.get_logger(__name__)

_READS_ONLY: Final = "blocks_reads_only"

# Units of work on a database in memory queue up, so that none ever meets a lock.
_ONE_CONNECTION: Final = {"pool_size": 1, "max_overflow": 0}

# The driver keeps prepared statements, and SQLAlchemy those that the driver gave it. One
# without a name is sent along with each execution, so that any connection will do for it.
_NOTHING_PREPARED: Final = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,
}

# How long a writer waits for another one: longer than any unit of work lasts.
_BUSY_TIMEOUT: Final = timedelta(seconds=30)
_ASK_AGAIN: Final = timedelta(milliseconds=5)

# PostgreSQL's codes of what passes when one tries again: connection lost, transaction
# rolled back, out of resources, lock not available, server shutting down.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_PASSING: Final = ("08", "40", "53", "55P03", "57P")


@dataclass(frozen=True)
class _Engines:
    """Two views of one pool of connections."""

    writes: AsyncEngine
    reads: AsyncEngine

    @classmethod
    def of(cls, engine: AsyncEngine) -> Self:
        if engine.dialect.name == "sqlite":
            return cls(engine, engine.execution_options(**{_READS_ONLY: True}))
        return cls(engine, engine.execution_options(isolation_level="AUTOCOMMIT"))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """As `reads`, for a single statement.

        `reads` sets and resets its options by events, which take as long as the statement itself.
        """
        dialect = self.writes.dialect
        if dialect.name == "sqlite":
            with self.reads.sync_engine.connect() as connection:
                yield connection
            return
        with self.writes.sync_engine.connect() as connection:
            driver = connection.connection.dbapi_connection
            assert driver is not None
            dialect.set_isolation_level(driver, "AUTOCOMMIT")
            try:
                yield connection
            finally:
                dialect.reset_isolation_level(driver)


class Database:
    def __init__(self, settings: DatabaseSettings) -> None:
        self.address = normalised(settings.url)
        self._settings = settings
        self._engines: WeakKeyDictionary[object, _Engines] = WeakKeyDictionary()
        self._memory: _Memory | None = None

    @property
    def engine(self) -> AsyncEngine:
        """The engine of the write transactions, made when first asked for."""
        return self._opened().writes

    @property
    def reads(self) -> AsyncEngine:
        """The same connections without a transaction around each statement."""
        return self._opened().reads

    def session(self) -> AsyncSession:
        """A session that begins the write transaction with its first statement."""
        return AsyncSession(self.engine, expire_on_commit=False)

    async def read(
        self,
        statement: TypedReturnsRows[*Columns],
        parameters: Mapping[str, object] | None = None,
    ) -> Sequence[Row[*Columns]]:
        """The rows of a SELECT, without a transaction."""
        return await greenlet_spawn(self._read, statement, parameters)

    def _read(
        self, statement: TypedReturnsRows[*Columns], parameters: Mapping[str, object] | None
    ) -> Sequence[Row[*Columns]]:
        # Most requests do this once. Through an `AsyncConnection` it takes half as long again:
        # that changes into SQLAlchemy's world and back for each of its three steps.
        with self._opened().reading() as connection:
            return connection.execute(statement, parameters).all()

    async def answers(self) -> None:
        """Raises what the driver raises if the database cannot be reached."""
        await self.read(select(1))

    async def close(self) -> None:
        """Close what is open. A database in memory ends here."""
        if (engines := self._engines.pop(self._owner(), None)) is not None:
            await engines.writes.dispose()
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def _opened(self) -> _Engines:
        owner = self._owner()
        if (engines := self._engines.get(owner)) is None:
            engines = self._engines[owner] = _Engines.of(self._new_engine())
        return engines

    def _owner(self) -> object:
        """Whom connections belong to: on PostgreSQL the event loop they were opened in.

        There may be several: a `TestClient` without `with` runs every request in a new
        one. Connections of SQLite live in threads and serve any loop.
        """
        return self if self.address.is_sqlite else get_running_loop()

    def _new_engine(self) -> AsyncEngine:
        if self.address.is_memory:
            self._memory = self._memory or _Memory()
            return _sqlite_engine(self._memory.url, self._settings.echo, _ONE_CONNECTION)
        options: dict[str, object] = {
            "pool_size": self._settings.pool_size,
            "max_overflow": self._settings.max_overflow,
            "pool_recycle": self._settings.pool_recycle,
        }
        if self.address.is_sqlite:
            return _sqlite_engine(self.address.url, self._settings.echo, options)
        return _postgresql_engine(self.address, self._settings, options)


class _Memory:
    """In-memory SQLite: the same SQL and the same roll-back as in a file.

    It lives as long as somebody is connected. That is this object, while the pool
    replaces its connection, as it does when a request is cancelled within a statement.
    """

    def __init__(self) -> None:
        path = f"file:/{uuid4()}"
        self.url = URL.create(
            "sqlite+aiosqlite", database=path, query={"vfs": "memdb", "uri": "true"}
        )
        self._keeper = sqlite3.connect(f"{path}?vfs=memdb", uri=True, check_same_thread=False)
        self._keeper.execute("PRAGMA schema_version")

    def close(self) -> None:
        self._keeper.close()


def _sqlite_engine(url: URL, echo: bool, options: Mapping[str, object]) -> AsyncEngine:
    engine = create_async_engine(
        url,
        echo=echo,
        hide_parameters=not echo,
        poolclass=AsyncAdaptedQueuePool,
        connect_args={"isolation_level": None},  # the driver never begins: we say when, and how
        **options,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")  # durable enough with WAL, and far faster
    cursor.execute("PRAGMA foreign_keys=ON")  # off by default, for history's sake
    cursor.execute(f"PRAGMA busy_timeout={_ASK_AGAIN // timedelta(milliseconds=1)}")
    cursor.close()


def _switch_to_wal(cursor: DBAPICursor) -> None:
    """Let readers and the writer not block each other. The file remembers it.

    Processes that start together would wait for each other until the time-out, each
    holding what the other needs: so none waits here, and who is refused asks again.
    """
    cursor.execute("PRAGMA busy_timeout=0")
    for _ in range(1000):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            time.sleep(0.005)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get(_READS_ONLY):
        begin_immediate(connection)


def begin_immediate(connection: Connection) -> None:
    """Take the write lock of SQLite at the beginning of a unit that writes.

    A transaction that reads first and writes later fails at once with "database is
    locked" if another one wrote in between, whatever the time-out. One that begins
    IMMEDIATE waits for its turn.
    """
    # Wait here, on the event loop, and not inside SQLite: there a connection that waits is locked,
    # and the loop hangs with it as soon as Python tidies up one of its old cursors.
    patience = time.monotonic() + _BUSY_TIMEOUT.total_seconds()
    while time.monotonic() < patience:
        if _has_begun(connection):
            return
        await_only(sleep(_ASK_AGAIN.total_seconds()))
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # the last try, whose error SQLAlchemy wraps


def _has_begun(connection: Connection) -> bool:
    """Whether the write lock was free."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise
    finally:
        cursor.close()
    return True


def _postgresql_engine(
    address: DatabaseAddress, settings: DatabaseSettings, options: Mapping[str, object]
) -> AsyncEngine:
    engine = create_async_engine(
        address.url,
        echo=settings.echo,
        # Else an error would carry addresses and hashes of passwords into the log.
        hide_parameters=not settings.echo,
        connect_args={
            "server_settings": address.server_settings,
            **(_NOTHING_PREPARED if settings.pgbouncer else {}),
        },
        **options,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(
    connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection
) -> None:
    """Replace a connection that the server has closed, without asking it (no round trip)."""
    driver = record.driver_connection
    if driver is not None and driver.is_closed():
        raise DisconnectionError("the server closed this connection")


def is_passing(error: BaseException) -> bool:
    """Whether the same request may succeed a moment later."""
    if isinstance(error, PoolTimeout | OSError | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return (
        error.connection_invalidated
        or state.startswith(_PASSING)
        or "database is locked" in str(error.orig)
    )


async def init_db(database: Database) -> None:
    """Open the first connection when the app starts, not in the first request.

    A database that is down does not stop the start: `/health/ready` says so until it is up.
    """
    try:
        await database.answers()
    except (DBAPIError, PoolTimeout, OSError) as error:
        log.warning("the database does not answer", error=type(error).__name__)


async def close_db(database: Database) -> None:
    await database.close()
