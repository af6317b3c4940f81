"""How a folder under `modules` becomes part of the app.

A block says what it adds as a value, `Block`. Blocks talk in three ways, all visible in
the code: one calls another through its public face; one provides at an extension point
that another owns; one listens to what another publishes. Importing a block does nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import click

    from app.core.config import CoreSettings
    from app.core.routing import BlockRouter
    from app.core.runtime import Runtime
    from app.core.unit_of_work import UnitOfWork

P = TypeVar("P")
E = TypeVar("E")


@dataclass(frozen=True)
class ExtensionPoint(Generic[P]):
    """A place where a block lets other blocks join in, for example "second factors".

    `P` is the protocol that whatever is provided there must follow.
    """

    name: str

    def provided_by(self, make: Callable[[UnitOfWork], P]) -> Provision:
        return Provision(self, make)


@dataclass(frozen=True)
class Provision:
    point: ExtensionPoint[Any]
    make: Callable[[UnitOfWork], Any]


@dataclass(frozen=True)
class Subscription:
    event: type
    listener: Callable[[Any, UnitOfWork], Awaitable[None]]


def on(event: type[E], listener: Callable[[E, UnitOfWork], Awaitable[None]]) -> Subscription:
    """Call `listener` in the transaction in which `event` is published."""
    return Subscription(event, listener)


@dataclass(frozen=True, slots=True)
class Permission:
    """What a route may ask for with `require("users:read")`, said for whoever grants it."""

    name: str
    about: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """What one block adds to the app."""

    name: str
    router: BlockRouter | None = None
    well_known: BlockRouter | None = None
    """Routes whose path a standard fixes (RFC 8615): served without the prefix of the API."""

    provides: Sequence[Provision] = ()
    listens: Sequence[Subscription] = ()

    permissions: Sequence[Permission] = ()
    """Those that its routes ask for."""

    lifespan: Callable[[Runtime], AbstractAsyncContextManager[None]] | None = None
    """Runs while the app serves, for work in the background."""

    commands: Callable[[], Sequence[click.Command]] | None = None
    """Commands of `python -m app`. A function, so that serving never imports them."""

    problems: Callable[[CoreSettings], Iterable[str]] | None = None
    """Sentences that forbid the start: what is wrong, by variable name, and what to do."""


@dataclass(frozen=True)
class Wiring:
    """Who provides what and who listens to what, over all blocks of an app."""

    blocks: Sequence[Block]

    def implementations(self, point: ExtensionPoint[P], work: UnitOfWork) -> list[P]:
        """What is provided at `point`, in the order of the blocks."""
        return [provision.make(work) for provision in self._provisions.get(point.name, ())]

    async def publish(self, event: object, work: UnitOfWork) -> None:
        for block in self.blocks:
            for subscription in block.listens:
                if isinstance(event, subscription.event):
                    await subscription.listener(event, work)

    @property
    def permissions(self) -> Sequence[Permission]:
        """All that an app can grant, by name."""
        known = (permission for block in self.blocks for permission in block.permissions)
        return sorted(known, key=lambda permission: permission.name)

    @cached_property
    def _provisions(self) -> dict[str, list[Provision]]:
        found: dict[str, list[Provision]] = {}
        for block in self.blocks:
            for provision in block.provides:
                found.setdefault(provision.point.name, []).append(provision)
        return found
