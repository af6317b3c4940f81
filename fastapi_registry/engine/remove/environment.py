"""The settings that a block brought, taken out of `.env` and `.env.example`.

The lock knows names and never values, so a secret goes with its block even if it was
replaced by hand: `undo` brings it back. Where tables stay, it stays too: without the key
that encrypted them, their data would be lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi_registry.engine.base import DamagedBase, base_of
from fastapi_registry.engine.edits.dotenv import EnvSection, EnvValue
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import EnvKey, Lock, LockedBlock
from fastapi_registry.engine.manifest import EnvVar, Manifest, parse_manifest
from fastapi_registry.engine.tree import Tree


def forget_secrets(project: Tree, lock: Lock, block: LockedBlock, layout: Layout) -> Tree:
    """Without the lines of `.env` that we wrote for `block` alone; `lock` has who stays."""
    for key in _ours(block, lock, layout.env_file):
        project = edited(project, key.file, EnvValue(key.key).remove(_content(project, key.file)))
    return project


def explain_no_more(project: Tree, lock: Lock, block: LockedBlock, layout: Layout) -> Tree:
    """Without the lines of `.env.example` that are as we wrote them; one that is still needed
    moves to who needs it.
    """
    path = layout.env_example
    added = _explained(block, path)
    manifest = installed_manifest(project, block)
    variables = _shared(block, manifest, path, added) if manifest else ()
    source = EnvSection(block.name, "", variables).remove(_content(project, path))
    for heir in lock.blocks:
        manifest = installed_manifest(project, heir)
        if manifest and (shared := _shared(heir, manifest, path, added)):
            source = EnvSection(heir.name, manifest.title, shared).ensure(source)
    return edited(project, path, source)


def still_explained(project: Tree, block: LockedBlock, layout: Layout) -> list[str]:
    """The settings of `block` whose lines in `.env.example` are now the user's own."""
    path = layout.env_example
    shown = EnvSection(block.name, "", ()).keys(_content(project, path))
    return sorted(shown.intersection(_explained(block, path)))


def bequeath(lock: Lock, block: LockedBlock) -> Lock:
    """The keys that we wrote for `block` belong to the next block that has them."""
    for key in block.env:
        heirs = (heir for heir in lock.blocks if key._replace(added=False) in heir.env)
        heir = next(heirs, None) if key.added else None
        if heir is not None:
            env = (key if each == key._replace(added=False) else each for each in heir.env)
            lock = lock.with_block(heir._replace(env=tuple(env)))
    return lock


def edited(project: Tree, path: str, content: bytes) -> Tree:
    """With `content` at `path`; a file in which nothing is left was ours, and goes."""
    if content == _content(project, path):
        return project
    return project.write(path, content) if content else project.without(path)


def installed_manifest(project: Tree, block: LockedBlock) -> Manifest | None:
    """What a block said about itself when it was installed."""
    for file in block.files:
        if file.src.rpartition("/")[2] == "block.toml":
            try:
                return parse_manifest(base_of(project, file.base), file.path)
            except DamagedBase:
                return None
    return None


def explaining(locked: LockedBlock, manifest: Manifest, path: str) -> tuple[EnvVar, ...]:
    """The variables of the manifest that the file at `path` explains, as they are called here."""
    known = {key.key for key in locked.env if key.file == path}
    spelled = (v._replace(name=v.name if v.name in known else v.instead) for v in manifest.env)
    return tuple(v for v in spelled if v.name in known)


def _explained(block: LockedBlock, path: str) -> list[str]:
    return [key.key for key in block.env if key.added and key.file == path]


def _ours(block: LockedBlock, lock: Lock, path: str) -> Iterator[EnvKey]:
    needed = {(key.file, key.key) for other in lock.blocks for key in other.env}
    for key in block.env:
        if key.added and key.file == path and (key.file, key.key) not in needed:
            yield key


def _shared(
    heir: LockedBlock, manifest: Manifest, path: str, added: Iterable[str]
) -> tuple[EnvVar, ...]:
    """The variables among `added` that the heir explains too."""
    return tuple(each for each in explaining(heir, manifest, path) if each.name in added)


def _content(project: Tree, path: str) -> bytes:
    return project.get(path) or b""
