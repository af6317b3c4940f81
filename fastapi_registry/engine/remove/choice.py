"""Which blocks go: those asked for, if nobody else needs them, and what had come along."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set

from fastapi_registry.engine.errors import DecisionNeeded, UsageError
from fastapi_registry.engine.lock import Lock, LockedBlock
from fastapi_registry.engine.manifest import CORE, PROJECT


class NotInstalled(UsageError):
    def __init__(self, name: str, lock: Lock) -> None:
        installed = ", ".join(block.name for block in lock.blocks)
        super().__init__(f"`{name}` is not installed here", hint=f"there are: {installed}")


class CannotBeRemoved(UsageError):
    """What `init` made stands on it."""


class RequiredBy(DecisionNeeded):
    """A block that stays needs one that is to go. `chain` leads there: `users → auth`."""

    def __init__(self, chains: Collection[tuple[str, ...]], names: Collection[str]) -> None:
        self.chains = tuple(chains)
        listed = ", ".join(" → ".join(chain) for chain in self.chains)
        needed = self.chains[0][-1]
        needers = sorted({name for chain in self.chains for name in chain} - {*names})
        super().__init__(
            f"`{needed}` is still needed: {listed}",
            hint=f"remove them together: `fastapi-blocks remove {' '.join([*names, *needers])}`",
        )


def asked_for(lock: Lock, names: Collection[str]) -> frozenset[str]:
    """`names`, if all of them may go. Raises `NotInstalled`, `CannotBeRemoved`, `RequiredBy`."""
    for name in names:
        _refuse_ground(lock, name)
        if name not in lock:
            raise NotInstalled(name, lock)
    chains = [chain for name in names for chain in _chains(lock, name, frozenset(names))]
    if chains:
        raise RequiredBy(chains, names)
    return frozenset(names)


def came_along(lock: Lock, asked: Set[str], staying: Set[str] = frozenset()) -> frozenset[str]:
    """What was only installed because one of `asked` needs it, and nobody needs any more.

    `staying` stay for a reason of their own, and with them what they need.
    """
    along: set[str] = set()
    while found := {
        block.name
        for block in lock.blocks
        if not block.direct
        and block.name not in asked | along | staying
        and (needers := _needers(lock, block.name))
        and needers <= asked | along
    }:
        along |= found
    return frozenset(along)


def in_reverse(lock: Lock, names: Set[str]) -> tuple[LockedBlock, ...]:
    """Each block before those that it needs, as adding them one by one was."""
    waiting = [block for block in lock.blocks if block.name in names]
    ordered: list[LockedBlock] = []
    while waiting:
        free = [block for block in waiting if not _is_needed(block.name, waiting)]
        ordered.append(free[-1])
        waiting.remove(free[-1])
    return tuple(ordered)


def _refuse_ground(lock: Lock, name: str) -> None:
    if name == PROJECT:
        raise CannotBeRemoved(
            f"`{PROJECT}` is what `init` made around the blocks, and is yours",
            hint="delete what you do not need of it; name a block to remove that",
        )
    if name == CORE and PROJECT in lock:
        raise CannotBeRemoved(
            f"`{CORE}` cannot be removed here: `init` built this application on it",
            hint="its `app/main.py` and `migrations/env.py` would no longer start without it",
        )


def _chains(lock: Lock, name: str, going: Set[str]) -> Iterator[tuple[str, ...]]:
    """The longest ways from blocks that stay down to `name`."""
    for needer in sorted(_needers(lock, name) - going):
        further = list(_chains(lock, needer, going)) or [(needer,)]
        yield from ((*chain, name) for chain in further)


def _needers(lock: Lock, name: str) -> frozenset[str]:
    """Who requires a block; what `init` made requires `core` without saying so."""
    needers = {block.name for block in lock.blocks if name in block.requires}
    return frozenset(needers | ({PROJECT} if name == CORE and PROJECT in lock else set()))


def _is_needed(name: str, blocks: Collection[LockedBlock]) -> bool:
    return any(name in block.requires for block in blocks)
