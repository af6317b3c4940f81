"""A lock for blocks that were copied by hand, as the first registry (0.2) had it done.

What is there is never touched. A file at the place of a block's file counts as that file with
your edits: so `status` and `diff` tell what differs, and an update merges, or says where it cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi_registry.engine.base import with_base
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LOCK_PATH, LockedBlock, LockedFile, State, lock_of, write
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.plan import BlockAction, Plan, difference
from fastapi_registry.engine.rendering import installed_files
from fastapi_registry.engine.status import is_as_installed
from fastapi_registry.engine.tree import Tree, digest

ENOUGH: Final = 3
"""A folder `users` with fewer of a block's files in it is somebody's own module."""

_NAMED: Final = 8


class NotRecognised(RegistryError):
    def __init__(self, names: Collection[str], root_path: str) -> None:
        blocks = ", ".join(f"`{name}`" for name in names)
        super().__init__(
            f"no files of {blocks} were recognised below `{root_path}/`",
            hint="name the package that they were copied to with `--root`; "
            "`fastapi-blocks add` brings a block that is not there",
        )


@dataclass(frozen=True)
class Recognised:
    """A block whose files are there, at least some of them."""

    block: Block
    files: Sequence[LockedFile]
    differing: Sequence[str]

    @property
    def present(self) -> int:
        return sum(file.state == "tracked" for file in self.files)

    @property
    def is_there(self) -> bool:
        return self.present >= min(ENOUGH, len(self.files))

    def note(self) -> str:
        """What differs, in a sentence."""
        same = self.present - len(self.differing)
        missing = len(self.files) - self.present
        return (
            f"`{self.block.name}` {self.block.version}: {same} files as they are in the block, "
            f"{len(self.differing)} differ{_listed(self.differing)}, {missing} are not there"
        )


def plan_adopt(
    project: Tree, blocks: Sequence[Block], layout: Layout, *, names: Collection[str] = ()
) -> Plan:
    """A lock for those of `blocks` whose files are in `project`: for `names`, or for all.

    Nothing but the lock and its texts is written. Raises `NotRecognised` for what was named and
    is not there, and where not even `core` is.
    """
    lock = lock_of(project)
    asked = [block for block in blocks if block.name not in lock]
    found = [each for each in _recognised(project, asked, layout) if each.is_there]
    recognised = {each.block.name for each in found} | set(lock.versions)
    missing = [name for name in dict.fromkeys((CORE, *names)) if name not in recognised]
    if missing:
        raise NotRecognised(missing, layout.root_path)

    chosen = [each for each in found if not names or each.block.name in {CORE, *names}]
    for each in chosen:
        lock = lock.with_block(_locked(each, layout))
    after = with_base(project, _texts(chosen, layout)) if chosen else project
    return Plan(
        changes=difference(project, after.write(LOCK_PATH, write(lock)) if chosen else after),
        blocks=tuple(BlockAction(e.block.name, e.block.version, "adopt") for e in chosen),
        notes=tuple(each.note() for each in chosen),
    )


def _recognised(project: Tree, blocks: Sequence[Block], layout: Layout) -> Iterator[Recognised]:
    for block in blocks:
        files = tuple(_locked_files(project, block, layout))
        there = (file for file in files if file.state == "tracked")
        differing = [f.path for f in there if not is_as_installed(project.read(f.path), f)]
        yield Recognised(block, files, differing)


def _locked_files(project: Tree, block: Block, layout: Layout) -> Iterator[LockedFile]:
    """A file that is not there counts as deleted: `update --restore` brings it."""
    for src, content in installed_files(block, layout, {}).items():
        path = layout.path_of(src, block.name)
        state: State = "tracked" if path in project else "deleted"
        yield LockedFile(src, path, digest(content), block.version, state)


def _locked(recognised: Recognised, layout: Layout) -> LockedBlock:
    """Without requirements, settings and migrations: whoever copied a block added those, too."""
    block = recognised.block
    params = layout.params
    chosen = params if block.name == CORE else ("package", "table_prefix")
    return LockedBlock(
        name=block.name,
        version=block.version,
        source=block.source,
        digest=block.digest,
        direct=True,
        requires=tuple(requirement.name for requirement in block.manifest.requires),
        params={key: params[key] for key in chosen},
        files=tuple(recognised.files),
    )


def _texts(recognised: Sequence[Recognised], layout: Layout) -> Iterator[bytes]:
    for each in recognised:
        yield from installed_files(each.block, layout, {}).values()


def _listed(paths: Sequence[str]) -> str:
    if not paths:
        return ""
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f" ({', '.join(paths[:_NAMED])}{more})"
