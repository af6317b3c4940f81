"""Which blocks an update concerns, and whether their new versions go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fastapi_registry.engine.base import base_of
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.lock import Lock, LockedBlock, lock_of
from fastapi_registry.engine.manifest import Manifest, parse_manifest
from fastapi_registry.engine.resolve import VersionConflict, is_newer, resolve, satisfies
from fastapi_registry.engine.tree import Tree

MANIFEST = "block.toml"


class NotInstalled(UsageError):
    def __init__(self, name: str, *, is_on_offer: bool = False) -> None:
        add, status = f"run `fastapi-blocks add {name}`", "`fastapi-blocks status` lists what is"
        super().__init__(
            f"`{name}` is not installed, so there is nothing to update",
            hint=add if is_on_offer else status,
        )


class Downgrade(UsageError):
    def __init__(self, name: str, installed: str, offered: str) -> None:
        super().__init__(
            f"`{name}` {installed} is installed, and only the older {offered} is on offer",
            hint=f"update fastapi-blocks; or go back with `fastapi-blocks update {name}@{offered}`",
        )


def choose_updates(
    project: Tree, offered: Mapping[str, Manifest], wanted: Mapping[str, str]
) -> tuple[str, ...]:
    """The blocks to take from `offered`, each after what it requires.

    `wanted` has the versions that were asked for by name, "" for whatever is newest;
    nothing wanted means every installed block that is on offer and not older there.
    Newly required blocks are among the result. Raises `NotInstalled`, `Downgrade`, or a
    `RequirementError` with the path that leads to what does not go together.
    """
    lock = lock_of(project)
    for name, version in wanted.items():
        _check_wish(lock, name, version, offered)
    updated = frozenset(wanted) or frozenset(_not_older(lock, offered))
    standing = {name: lock.versions[name] for name in lock.versions if name not in updated}
    names = resolve(updated, offered, standing)
    _check_those_that_stay(project, lock, {name: offered[name].version for name in names})
    return names


def _check_wish(lock: Lock, name: str, version: str, offered: Mapping[str, Manifest]) -> None:
    """Older is only what was asked for by its version."""
    block = lock.get(name)
    if block is None:
        raise NotInstalled(name, is_on_offer=name in offered)
    if not version and name in offered and is_newer(block.version, offered[name].version):
        raise Downgrade(name, block.version, offered[name].version)


def _not_older(lock: Lock, offered: Mapping[str, Manifest]) -> Iterator[str]:
    for name, version in lock.versions.items():
        if name in offered and not is_newer(version, offered[name].version):
            yield name


def _check_those_that_stay(project: Tree, lock: Lock, versions: Mapping[str, str]) -> None:
    """Raises `VersionConflict` if a block that is not updated cannot work with one that is."""
    for block in lock.blocks:
        manifest = None if block.name in versions else installed_manifest(project, block)
        for requirement in manifest.requires if manifest else ():
            version = versions.get(requirement.name, "")
            if version and not satisfies(version, requirement.bounds):
                raise VersionConflict((block.name, str(requirement)), version, installed=False)


def installed_manifest(project: Tree, block: LockedBlock) -> Manifest | None:
    """What the installed version says about itself; nothing for `project`, which has no file."""
    for file in block.files:
        if file.src.endswith(f"/{MANIFEST}"):
            return parse_manifest(base_of(project, file.base), file.path)
    return None
