"""Which blocks to install for those that were asked for, and in which order.

    RequirementError
    ├── MissingRequirement     a block that nobody offers
    ├── RequirementCycle       blocks that need each other
    └── VersionConflict        a block that is there, but not in the version needed

Each carries the path that led there: `users → auth → core >=2.0`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.manifest import PROJECT, BlockRequirement, Manifest

_FINAL = re.compile(r"\d+(?:\.\d+)*")
_MINIMUM = re.compile(rf">=\s*({_FINAL.pattern})")


class RequirementError(RegistryError):
    def __init__(self, message: str, path: tuple[str, ...], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path


class MissingRequirement(RequirementError):
    def __init__(self, path: tuple[str, ...]) -> None:
        *needers, name = path
        who = f", which {_chain(needers)} needs" if needers else ""
        super().__init__(
            f"there is no block `{name}`{who}",
            path,
            hint="`fastapi-blocks list` shows those that there are",
        )


class RequirementCycle(RequirementError):
    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(
            f"these blocks need each other: {_chain(path)}",
            path,
            hint="report it to whoever publishes them",
        )


class VersionConflict(RequirementError):
    def __init__(self, path: tuple[str, ...], version: str, *, installed: bool) -> None:
        *needers, wanted = path
        state = "is installed" if installed else "is the one on offer"
        name = wanted.split(" ", maxsplit=1)[0]
        super().__init__(
            f"{_chain(needers)} needs `{wanted}`, but {name} {version} {state}",
            path,
            hint=f"run `fastapi-blocks update {name}`" if installed else "",
        )


def resolve(
    wanted: Iterable[str],
    available: Mapping[str, Manifest],
    installed: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """The blocks to install, each after what it requires, otherwise alphabetically.

    `installed` has the versions of the blocks that are there already: they are not
    named again, but must be new enough. Raises `RequirementError`.
    """
    search = _Search(available, installed or {})
    for name in sorted(set(wanted)):
        search.visit(BlockRequirement(name), ())
    return in_order([available[name] for name in search.found])


def in_order(manifests: Iterable[Manifest]) -> tuple[str, ...]:
    """Their names: `project` first, then topological, alphabetical among equals."""
    waiting = {manifest.name: manifest for manifest in manifests}
    ordered: list[str] = []
    while waiting:
        ready = [name for name, manifest in waiting.items() if _is_ready(manifest, waiting)]
        name = PROJECT if PROJECT in ready else min(ready)
        ordered.append(name)
        del waiting[name]
    return tuple(ordered)


def _is_ready(manifest: Manifest, waiting: Mapping[str, Manifest]) -> bool:
    return not any(requirement.name in waiting for requirement in manifest.requires)


@dataclass
class _Search:
    """Follows requirements downwards, remembering the way."""

    available: Mapping[str, Manifest]
    installed: Mapping[str, str]
    found: set[str] = field(default_factory=set)

    def visit(self, requirement: BlockRequirement, way: tuple[str, ...]) -> None:
        name = requirement.name
        if name in way:
            raise RequirementCycle((*way[way.index(name) :], name))
        if name in self.installed:
            self._check(requirement, self.installed[name], way, installed=True)
            return
        if name not in self.available:
            raise MissingRequirement((*way, name))
        manifest = self.available[name]
        self._check(requirement, manifest.version, way, installed=False)
        if name not in self.found:
            for below in manifest.requires:
                self.visit(below, (*way, name))
            self.found.add(name)

    def _check(
        self, requirement: BlockRequirement, version: str, way: tuple[str, ...], *, installed: bool
    ) -> None:
        if not satisfies(version, requirement.bounds):
            raise VersionConflict((*way, str(requirement)), version, installed=installed)


def satisfies(version: str, bounds: str) -> bool:
    if not bounds:
        return True
    minimum = _MINIMUM.fullmatch(bounds)
    if minimum and _FINAL.fullmatch(version):
        return _release(version) >= _release(minimum[1])
    from packaging.specifiers import SpecifierSet  # 18 ms, for what is not simply a minimum

    return SpecifierSet(bounds).contains(version, prereleases=True)


def _release(version: str) -> tuple[int, ...]:
    """Comparable numbers: 1.0 and 1.0.0 are one version."""
    return tuple(int(part) for part in re.sub(r"(\.0+)+$", "", version).split("."))


def is_newer(version: str, other: str) -> bool:
    if version == other:
        return False
    from packaging.version import Version

    return Version(version) > Version(other)


def _chain(names: Iterable[str]) -> str:
    return " → ".join(f"`{name}`" for name in names)
