"""Where newer versions of installed blocks come from: from where the lock says they came."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fastapi_registry.adapters.bundled import LABEL, Bundled
from fastapi_registry.adapters.combined import Assigned, Combined, choose
from fastapi_registry.adapters.folder import NoBlocks, blocks_in
from fastapi_registry.adapters.registries import Registries
from fastapi_registry.adapters.sources import folder_at, meant_in
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.changelog import releases_since
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.lock import Lock, LockedBlock
from fastapi_registry.engine.manifest import PROJECT, Manifest
from fastapi_registry.engine.reference import (
    Folder,
    GitHub,
    Named,
    Url,
    parse_reference,
)
from fastapi_registry.engine.resolve import is_newer
from fastapi_registry.engine.source import Archive, Source
from fastapi_registry.engine.update.choice import NotInstalled


class SourceGone(RegistryError):
    def __init__(self, name: str, label: str) -> None:
        super().__init__(
            f"`{name}` came from `{label}`, and is not there any more",
            hint="say where it is now: `fastapi-blocks update ./folder`, or "
            "`fastapi-blocks registry add`",
        )


class Republished(RegistryError):
    """Who can change a released version unseen, can change what everybody runs unseen."""

    def __init__(self, name: str, version: str, label: str) -> None:
        super().__init__(
            f"`{label}` has changed `{name}` {version} since you installed it",
            hint="ask who publishes it why; another content should be another version",
        )


@dataclass(frozen=True)
class Offer:
    """What there is for a project, and which of it was asked for: versions by name of block."""

    source: Source
    wanted: Mapping[str, str]
    gone: tuple[str, ...] = ()
    """Installed blocks whose source is not there any more."""
    notes: tuple[str, ...] = ()

    @property
    def manifests(self) -> dict[str, Manifest]:
        return {name: self.source.manifest(name) for name in self.source.names()}

    def only_security(self, lock: Lock) -> Offer:
        """Of what was asked for, what mends a weakness of the installed version.

        Every block whose changelog says so, where nothing was asked for by name.
        """
        asked = self.wanted or {name: "" for name in lock.versions if name in self.source.names()}
        wanted = {name: asked[name] for name in asked if self._mends(name, lock.versions)}
        return replace(self, wanted=wanted)

    def _mends(self, name: str, installed: Mapping[str, str]) -> bool:
        if name not in installed:
            return True  # which the engine refuses, in its own words
        if not is_newer(self.source.manifest(name).version, installed[name]):
            return False
        releases = releases_since(self.source.load(name), installed[name])
        return any(release.is_security for release in releases)


class Everything:
    """What comes with this tool, the pseudo-block `project` too: it can be updated."""

    def __init__(self) -> None:
        self._bundled = Bundled()

    def names(self) -> Collection[str]:
        return [PROJECT, *self._bundled.names()]

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        return self._bundled.project_manifest() if name == PROJECT else self._bundled.manifest(name)

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`."""
        return self._bundled.project() if name == PROJECT else self._bundled.load(name)


def offer_for(
    lock: Lock, root: Path, texts: Collection[str] = (), *, only_to_look: bool = False
) -> Offer:
    """What `auth`, `auth@1.2`, `@acme/billing` and `./folder` mean for the project in `root`.

    A registry that does not answer hinders nobody who asked for other blocks, or has
    `only_to_look`. Raises `NotAReference`, `NoBlocks`, `SeveralBlocks`, `NoSuchVersion`,
    `UnknownRegistry`, `NotInstalled`, `SourceGone`, `Republished`, or that a registry
    cannot be reached.
    """
    bundled, registries = Everything(), Registries(root)
    recorded = _recorded_sources(lock, root, bundled, registries)
    silent = _silent(recorded)
    for error in silent.values():
        if not (texts or only_to_look):
            raise error
    origins = _origins(lock, {label: s for label, s in recorded.items() if label not in silent})
    wanted = _wanted(texts, lock, root, registries, origins)
    for name, version in wanted.items():
        _choose(name, version, origins, lock, silent)
    waiting = tuple(b.name for b in lock.blocks if b.name not in origins and b.source in silent)
    gone = tuple(b.name for b in lock.blocks if b.name not in {*origins, *waiting})
    changed = {
        block.name: _republished(block) for block in lock.blocks if _is_other(block, origins)
    }
    for name in wanted.keys() & changed.keys():
        raise changed[name]
    unheard = (error.message for error in silent.values())
    kept = (f"{error.message}: it stays as it is" for error in changed.values())
    others = Combined([bundled, *(each for each in registries.opened if each.label not in silent)])
    source = Assigned(origins, others, gone=(*gone, *waiting, *changed))
    return Offer(source, wanted, gone, (*registries.notes, *unheard, *kept))


def _wanted(
    texts: Iterable[str],
    lock: Lock,
    root: Path,
    registries: Registries,
    origins: dict[str, Source],
) -> dict[str, str]:
    """The versions that were asked for by name of block; `origins` learns of other places."""
    wanted: dict[str, str] = {}
    for text in texts:
        match parse_reference(text):
            case Named(name, "", version):
                wanted[name] = version
            case Named(name, registry, version):
                origins[name] = registries.named(registry)
                wanted[name] = version
            case Url(address, name, version):
                origins[name] = registries.at(address)
                wanted[name] = version
            case GitHub() as reference:
                repository = registries.on_github(reference)
                name = meant_in(repository, reference)
                origins[name] = repository
                wanted[name] = ""
            case Folder(path):
                folder = folder_at(path, root)
                installed = [name for name in folder.names() if name in lock]
                if not installed:
                    raise NotInstalled(min(folder.names()))
                origins |= dict.fromkeys(installed, folder)
                wanted |= dict.fromkeys(installed, "")
    return wanted


def _is_other(block: LockedBlock, origins: Mapping[str, Source]) -> bool:
    """Whether its registry sends something else under the name and version that is installed."""
    source = origins.get(block.name)
    if not isinstance(source, Archive) or source.label != block.source:
        return False
    is_same_version = source.manifest(block.name).version == block.version
    return is_same_version and source.digest(block.name) != block.digest


def _republished(block: LockedBlock) -> Republished:
    return Republished(block.name, block.version, block.source)


def _recorded_sources(
    lock: Lock, root: Path, bundled: Source, registries: Registries
) -> dict[str, Source]:
    """By what the lock calls them, without those that are gone."""
    labels = sorted({block.source for block in lock.blocks})
    found = {label: _recorded(root, label, bundled, registries) for label in labels}
    return {label: source for label, source in found.items() if source is not None}


def _silent(sources: Mapping[str, Source]) -> dict[str, RegistryError]:
    """Why some do not say what they have."""
    silent: dict[str, RegistryError] = {}
    for label, source in sources.items():
        try:
            source.names()
        except RegistryError as error:
            silent[label] = error
    return silent


def _origins(lock: Lock, sources: Mapping[str, Source]) -> dict[str, Source]:
    """The source of each installed block that still has it."""
    pairs = ((block.name, sources.get(block.source)) for block in lock.blocks)
    return {name: source for name, source in pairs if source and name in source.names()}


def _recorded(root: Path, label: str, bundled: Source, registries: Registries) -> Source | None:
    if label == LABEL:
        return bundled
    if label.startswith(("@", "github:", "https://", "http://")):
        return registries.recorded(label)
    try:
        return blocks_in(root / label, label)
    except NoBlocks:
        return None


def _choose(
    name: str,
    version: str,
    origins: Mapping[str, Source],
    lock: Lock,
    silent: Mapping[str, RegistryError],
) -> None:
    locked = lock.get(name)
    if locked is None:
        return  # which the engine refuses, in its own words
    if name not in origins:
        raise silent.get(locked.source) or SourceGone(name, locked.source)
    choose(origins[name], name, version)
