"""Fixtures for the tests of blocks, and for yours: import them all into a `conftest.py`.

Each test that asks for a database gets an empty one of its own, on SQLite, in memory and,
where `TEST_DATABASE_URL` names a server, on PostgreSQL. For a quick look, `TEST_STORAGES=sqlite`
names those that are enough. A block's tests say what they need by overriding `blocks` and
`settings_type` in their `conftest.py`.
"""

import inspect
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import create_mock_engine, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.database import Database
from app.clients.email import Mail
from app.core.app_factory import create_app
from app.core.blocks import Block
from app.core.config import CoreSettings, DatabaseSettings
from app.core.environment import variables
from app.core.outbox import Outbox
from app.core.runtime import Runtime, build_runtime
from app.core.tables import Base
from app.core.unit_of_work import UnitOfWork


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module, name: str, obj: object) -> None:
    """Every `async def test_…` runs without a mark, and every test may use async fixtures."""
    if inspect.isfunction(obj) and collector.funcnamefilter(name):
        pytest.mark.usefixtures("anyio_backend")(obj)


class Clock:
    """The time, in the hands of the test."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by

    def monotonic(self) -> float:
        return self._now.timestamp()


class SentMails:
    """A mailer that keeps what it was given. Waits for deliveries before it answers."""

    def __init__(self) -> None:
        self._mails: list[Mail] = []
        self.outbox: Outbox | None = None

    async def deliver(self, mail: Mail) -> None:
        self._mails.append(mail)

    async def all(self) -> list[Mail]:
        if self.outbox is not None:
            await self.outbox.drain()
        return list(self._mails)

    async def to(self, address: str) -> list[Mail]:
        return [mail for mail in await self.all() if mail.to == address]

    async def forget(self) -> None:
        await self.all()
        self._mails.clear()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox() -> SentMails:
    """The mails that were sent."""
    return SentMails()


@pytest.fixture
def blocks() -> Sequence[Block]:
    """The blocks of the app under test. Override it."""
    return ()


@pytest.fixture
def settings_type() -> type[CoreSettings]:
    """The settings of the app under test. Override it."""
    return CoreSettings


STORAGES = os.environ.get("TEST_STORAGES") or "sqlite,memory,postgresql"


@pytest.fixture(params=STORAGES.split(","))
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/test.db"
    elif request.param == "memory":
        yield "memory://"
    else:
        server = os.environ.get("TEST_DATABASE_URL")
        if not server:
            pytest.skip("TEST_DATABASE_URL is not set")
        async with _schema_of_its_own(server) as url:
            yield url


@asynccontextmanager
async def _schema_of_its_own(server: str) -> AsyncIterator[str]:
    """A schema is made in a millisecond, a database takes a hundred."""
    schema = f"test_{secrets.token_hex(8)}"
    database = Database(DatabaseSettings(url=server))
    async with database.engine.begin() as connection:
        await connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        yield f"{server}{'&' if '?' in server else '?'}search_path={schema}"
    finally:
        async with database.engine.begin() as connection:
            await connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        await database.close()


@pytest.fixture
def settings(
    settings_type: type[CoreSettings], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> CoreSettings:
    """Settings that nothing outside of the test can change."""
    for variable in variables(settings_type):
        for name in variable.names:
            monkeypatch.delenv(name, raising=False)
    return settings_type(
        _env_file=None,
        app={"environment": "test"},
        security={"secret_key": secrets.token_urlsafe(48)},
        database={"url": database_url, "auto_migrate": False},
    )


@pytest.fixture
async def runtime(
    settings: CoreSettings, blocks: Sequence[Block], clock: Clock, outbox: SentMails
) -> AsyncIterator[Runtime]:
    """The parts of the app, on a database with all tables."""
    made = build_runtime(settings, blocks, clock=clock, monotonic=clock.monotonic, mailer=outbox)
    outbox.outbox = made.outbox
    await _create_tables(made.database)
    yield made
    await made.outbox.drain()
    await made.close()


def change_settings(runtime: Runtime, section: type[BaseModel], **values: object) -> None:
    """Of an app that already answers. In life it takes a restart, and nothing asks again."""
    for name, value in values.items():
        setattr(runtime.settings.section(section), name, value)
    runtime._made.clear()


async def _create_tables(database: Database) -> None:
    """All at once: a script takes a fifth of the time of as many statements."""
    dialect = database.engine.dialect.name
    script = _script(dialect, tuple(Base.metadata.tables))
    async with database.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await (driver.executescript if dialect == "sqlite" else driver.execute)(script)


@cache
def _script(dialect: str, tables: tuple[str, ...]) -> str:
    """What creates `tables`, which are all that are known now."""
    statements: list[str] = []

    def write(statement: Any, *_: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine(f"{dialect}://", write)
    Base.metadata.create_all(engine, checkfirst=False)
    return ";\n".join(("BEGIN", *statements, "COMMIT"))


@pytest.fixture
async def work(runtime: Runtime) -> AsyncIterator[UnitOfWork]:
    """A unit of work, rolled back at the end."""
    unit = UnitOfWork(runtime)
    yield unit
    await unit.rollback()


@pytest.fixture
async def session(runtime: Runtime) -> AsyncIterator[AsyncSession]:
    """A session of the database. What requests are to see is committed first."""
    async with runtime.database.session() as made:
        yield made


@pytest.fixture
def app(settings: CoreSettings, blocks: Sequence[Block], runtime: Runtime) -> Iterator[FastAPI]:
    """FastAPI takes a tenth of a second to understand the routes of an app. So tests in a row
    with the same blocks and settings share one, and each puts its own runtime there."""
    if not (_last_app and _last_app[0].fits(settings, blocks)):
        _last_app[:] = [_SharedApp(settings, blocks, create_app(settings, blocks, runtime=runtime))]
    shared = _last_app[0].app
    shared.state.blocks = runtime
    yield shared
    shared.dependency_overrides.clear()


@dataclass(frozen=True)
class _SharedApp:
    settings: CoreSettings
    blocks: Sequence[Block]
    app: FastAPI

    def fits(self, settings: CoreSettings, blocks: Sequence[Block]) -> bool:
        """Whether `create_app` would make the same app: what else there is, is the runtime's."""
        mine, asked = self.settings, settings
        return (mine.app, mine.server) == (asked.app, asked.server) and all(
            one is other for one, other in zip_longest(self.blocks, blocks)
        )


_last_app: list[_SharedApp] = []


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the app, which runs in the same event loop."""
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://test") as made:
        yield made
