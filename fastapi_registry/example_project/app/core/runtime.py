"""What an app with blocks has while it lives. Kept on `app.state`, never in a module."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from starlette.requests import HTTPConnection

from app.clients.database import Database, close_db, init_db
from app.clients.email import Mailer
from app.clients.email.choose import mailer_of
from app.clients.redis import Redis
from app.core.blocks import Block, Wiring
from app.core.client_address import Network, networks
from app.core.config import CoreSettings
from app.core.crypto import Seals
from app.core.limiters import Limits
from app.core.origin import Origin
from app.core.outbox import Outbox
from app.core.unit_of_work import UnitOfWork


class Closable(Protocol):
    async def close(self) -> None: ...


C = TypeVar("C", bound=Closable)
V = TypeVar("V")


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Runtime:
    settings: CoreSettings
    wiring: Wiring
    database: Database
    redis: Redis
    limits: Limits
    outbox: Outbox
    trusted_proxies: Sequence[Network]
    clock: Callable[[], datetime] = utc_now
    _kept: dict[type[Any], Any] = field(default_factory=dict, init=False)
    _made: dict[Callable[[CoreSettings], Any], Any] = field(default_factory=dict, init=False)

    @property
    def blocks(self) -> Sequence[Block]:
        return self.wiring.blocks

    def unit_of_work(self, origin: Callable[[], Origin] = Origin) -> UnitOfWork:
        """For commands, jobs and tests, in `async with`. A request has its own: `Work`."""
        return UnitOfWork(self, origin)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """From the first connection to the last: what runs beside the requests."""
        await init_db(self.database)
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self.outbox.sweeping())
                for block in self.blocks:
                    if block.lifespan is not None:
                        await stack.enter_async_context(block.lifespan(self))
                yield
        finally:
            await self.close()

    def kept(self, kind: type[C], make: Callable[[], C]) -> C:
        """The app's one `kind`, made when it is first asked for and closed with the app.

        For what a block holds longer than a request, such as connections to another service.
        """
        if kind not in self._kept:
            self._kept[kind] = make()
        found: C = self._kept[kind]
        return found

    def once(self, make: Callable[[CoreSettings], V]) -> V:
        """What `make` makes of the settings. They never change, so it is called only once."""
        if make not in self._made:
            self._made[make] = make(self.settings)
        found: V = self._made[make]
        return found

    async def close(self) -> None:
        await self.outbox.close()
        while self._kept:
            await self._kept.popitem()[1].close()
        await self.limits.close()
        await self.redis.close()
        await close_db(self.database)


def build_runtime(
    settings: CoreSettings,
    blocks: Sequence[Block],
    *,
    clock: Callable[[], datetime] = utc_now,
    monotonic: Callable[[], float] = time.monotonic,
    mailer: Mailer | None = None,
) -> Runtime:
    """Put the parts together. Nothing is connected, opened or started yet."""
    database = Database(settings.database)
    redis = Redis(settings.redis.url.get_secret_value())
    return Runtime(
        settings=settings,
        wiring=Wiring(tuple(blocks)),
        database=database,
        redis=redis,
        limits=Limits.of(settings, redis, monotonic),
        outbox=Outbox(
            database=database,
            mailer=mailer or mailer_of(settings.email),
            seals=Seals.of(settings.security.secrets, "mail outbox"),
            clock=clock,
        ),
        trusted_proxies=networks(settings.server.trusted_proxies),
        clock=clock,
    )


def runtime_of(connection: HTTPConnection) -> Runtime:
    """The runtime of the app that answers this request.

    Raises `LookupError` where a block is used on an app that it was not attached to, such
    as the outer app of a mount.
    """
    runtime = getattr(connection.app.state, "blocks", None)
    if not isinstance(runtime, Runtime):
        raise LookupError(
            "this app has no blocks: call `install_blocks(app)` on the app that serves the route"
        )
    return runtime
