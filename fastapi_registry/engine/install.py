"""Planning an installation: a pure function of the project, the blocks and some chance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fastapi_registry.engine.base import with_base
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.dependencies import ask_for, pinned
from fastapi_registry.engine.dependency import Dependency
from fastapi_registry.engine.edits import alembic
from fastapi_registry.engine.edits.dotenv import EnvSection, EnvValue, keys, shown_keys
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.hub import HubEntry, is_hub
from fastapi_registry.engine.edits.new_hub import new_hub
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import (
    LOCK_PATH,
    Dep,
    EnvKey,
    Lock,
    LockedBlock,
    LockedFile,
    Migration,
    Seam,
    lock_of,
    write,
)
from fastapi_registry.engine.manifest import CORE, PROJECT, EnvVar
from fastapi_registry.engine.placing import PathsOccupied, occupied, refuse_unsafe
from fastapi_registry.engine.plan import BlockAction, Plan, Todo, difference
from fastapi_registry.engine.rendering import WRITTEN_ONCE, installed_files
from fastapi_registry.engine.resolve import in_order
from fastapi_registry.engine.rooting import rooted_file
from fastapi_registry.engine.tree import Tree, digest

FreshSecret = Callable[[str], str]
"""Makes the secret that `generate` asks for: `key:32` or `token:48`."""

_DATABASE_URL: Final = "DATABASE_URL"
_NOTHING: Final[Mapping[str, str]] = {}
_NO_PINS: Final[Mapping[str, Dependency]] = {}


class NotABlockToAdd(UsageError):
    """`project` may write anywhere: a stranger's block of that name must not be one."""

    def __init__(self) -> None:
        super().__init__(
            f"`{PROJECT}` is what `init` puts around the blocks, and cannot be added",
            hint="start a new project with `fastapi-blocks init`",
        )


def plan_install(
    project: Tree,
    blocks: Sequence[Block],
    layout: Layout,
    *,
    direct: Collection[str],
    fresh_secret: FreshSecret,
    params: Mapping[str, str] = _NOTHING,
    pins: Mapping[str, Dependency] = _NO_PINS,
    migrations: bool = True,
    overwrite: bool = False,
) -> Plan:
    """What adding `blocks`, those among them that are not there yet, changes.

    `direct` names those that the user asked for. `params` fills the variables of the
    pseudo-block `project`; `pins` are its modern bounds, used where it is installed.
    Raises `DecisionNeeded` where the user's files or pins are in the way, unless it is
    for files and `overwrite` is set.
    """
    installation = Installation(
        project, lock_of(project), layout, fresh_secret, params, pins, migrations, overwrite
    )
    new = {block.name: block for block in blocks if block.name not in installation.lock}
    if PROJECT in new and not params:
        raise NotABlockToAdd
    for name in in_order(block.manifest for block in new.values()):
        installation.add(new[name], direct=name in direct)
    installation.promote(direct)
    kept = [BlockAction(b.name, b.version, "keep") for b in blocks if b.name not in new]
    return installation.plan(project, kept)


@dataclass
class Installation:
    """A project on its way. Each step makes something true, and notes the traces that it left.

    An update takes the same steps for what a new version needs that the old one did not.
    """

    project: Tree
    lock: Lock
    layout: Layout
    fresh_secret: FreshSecret
    params: Mapping[str, str]
    pins: Mapping[str, Dependency]
    migrations: bool
    overwrite: bool
    added: list[BlockAction] = field(default_factory=list)
    todo: list[Todo] = field(default_factory=list)

    def add(self, block: Block, *, direct: bool) -> None:
        locked = LockedBlock(
            name=block.name,
            version=block.version,
            source=block.source,
            digest=block.digest,
            direct=direct,
            requires=tuple(requirement.name for requirement in block.manifest.requires),
            params=self._params_of(block),
            files=self._place_files(block),
            seams=self.name_in_hub(block),
            deps=self.ask_for_dependencies(block),
            env=self.set_environment(block),
            migrations=self._join_history(block) if self.migrations else (),
        )
        self.lock = self.lock.with_block(locked)
        self.added.append(BlockAction(block.name, block.version, "add"))

    def promote(self, direct: Collection[str]) -> None:
        """Notes that the user now asks by name for what had come with another block."""
        for block in self.lock.blocks:
            if block.name in direct and not block.direct:
                self.lock = self.lock.with_block(block._replace(direct=True))

    def plan(self, before: Tree, kept: Sequence[BlockAction]) -> Plan:
        if self.lock != lock_of(before):
            self.project = self.project.write(LOCK_PATH, write(self.lock))
        names = {action.name for action in self.added}
        new = [block for block in self.lock.blocks if block.name in names]
        return Plan(
            changes=difference(before, self.project),
            blocks=(*self.added, *kept),
            dependencies=tuple(sorted({_to_install(d) for b in new for d in b.deps if d.added})),
            env=tuple(sorted({key.key for b in new for key in b.env if key.added})),
            migrations=tuple(step.revision for b in new for step in b.migrations),
            todo=tuple(self.todo),
        )

    def _params_of(self, block: Block) -> dict[str, str]:
        if block.name == PROJECT:
            return dict(self.params)
        params = self.layout.params
        chosen = params if block.name == CORE else ("package", "table_prefix")
        return {key: params[key] for key in chosen}

    def _place_files(self, block: Block) -> tuple[LockedFile, ...]:
        contents = installed_files(block, self.layout, self.params)
        paths = {src: self.layout.path_of(src, block.name) for src in contents}
        self.write_new({paths[src]: contents[src] for src in contents})
        self.project = with_base(self.project, contents.values())
        return tuple(
            LockedFile(
                src=src,
                path=paths[src],
                base=digest(contents[src]),
                base_version=block.version,
                state="ejected" if self._is_written_once(block, src) else "tracked",
            )
            for src in contents
        )

    def _is_written_once(self, block: Block, src: str) -> bool:
        return block.name == PROJECT and src in WRITTEN_ONCE

    def write_new(self, files: Mapping[str, bytes]) -> None:
        """Raises `PathsOccupied` where something else is, unless it may be overwritten.

        A folder where a file belongs, or a file where a folder does, never may.
        """
        refuse_unsafe(self.project, files)
        in_the_way = occupied(self.project, files)
        if in_the_way and not (self.overwrite and all(path in self.project for path in in_the_way)):
            raise PathsOccupied(in_the_way)
        self.project = self.project.merged(files)

    def name_in_hub(self, block: Block) -> tuple[Seam, ...]:
        if block.name == PROJECT:
            return ()
        hub = self.layout.hub
        before = self.project.get(hub)
        if block.name == CORE:
            if before is None:
                self.write_new({hub: new_hub(self.layout)})
            elif not is_hub(before):
                raise PathsOccupied([hub])
            return (Seam("hub", hub, CORE, "tool" if before is None else "user"),)
        entry = HubEntry(block.name, self.layout.root_package, block.settings_class, hub)
        after = self.edit(hub, entry.ensure)
        if after is None:
            return ()
        return (Seam("hub", hub, block.name, "user" if after == before else "tool"),)

    def edit(self, path: str, edit: Callable[[bytes], bytes]) -> bytes | None:
        """The new content of a file of the user's; `None` where that is left to the user."""
        source = self.project.get(path) or b""
        try:
            edited = edit(source)
        except CannotEdit as refusal:
            self.todo.append(refusal.todo)
            return None
        if edited != source:
            self.project = self.project.write(path, edited)
        return edited

    def ask_for_dependencies(self, block: Block) -> tuple[Dep, ...]:
        pins = self.pins if PROJECT in self.lock or block.name == PROJECT else _NO_PINS
        return tuple(
            dep
            for need in block.manifest.python
            if (dep := self._ask_for(block.name, pinned(need, pins)))
        )

    def _ask_for(self, block: str, need: Dependency) -> Dep | None:
        path = self.layout.dependency_file
        source = self.project.get(path) or b""
        try:
            asked = ask_for(source, path, block, need, self.lock)
        except CannotEdit as refusal:
            self.todo.append(refusal.todo)
            return None
        self.lock = asked.lock
        if asked.source != source:
            self.project = self.project.write(path, asked.source)
        return asked.dep

    def set_environment(self, block: Block) -> tuple[EnvKey, ...]:
        variables = tuple(
            variable._replace(name=self._name_of(variable))
            for variable in block.manifest.env
            if self._has_effect(variable)
        )
        return (*self._write_secrets(variables), *self._explain(block, variables))

    def _write_secrets(self, variables: Sequence[EnvVar]) -> tuple[EnvKey, ...]:
        """Secrets of this machine go to `.env` alone, and are never made twice."""
        path = self.layout.env_file
        written = []
        for variable in variables:
            if variable.generate:
                added = variable.name not in keys(self.project.get(path) or b"")
                if added:
                    secret = EnvValue(variable.name, self.fresh_secret(variable.generate))
                    self.edit(path, secret.ensure)
                written.append(EnvKey(path, variable.name, added))
        return tuple(written)

    def _explain(self, block: Block, variables: tuple[EnvVar, ...]) -> tuple[EnvKey, ...]:
        path = self.layout.env_example
        shown = shown_keys(self.project.get(path) or b"")
        self.edit(path, EnvSection(block.name, block.manifest.title, variables).ensure)
        return tuple(EnvKey(path, each.name, each.name not in shown) for each in variables)

    def _has_effect(self, variable: EnvVar) -> bool:
        """An app that blocks join serves, logs and answers browsers by itself, and may have
        told where its database is.
        """
        is_told = variable.name == _DATABASE_URL and bool(self.layout.database_url)
        return not (self.layout.joins and variable.whole_app) and not is_told

    def _name_of(self, variable: EnvVar) -> str:
        """`instead` where the project has a variable of this name that means something else."""
        return variable.instead if variable.instead and self._is_theirs(variable) else variable.name

    def _is_theirs(self, variable: EnvVar) -> bool:
        ours = {key.key for block in self.lock.blocks for key in block.env}
        files = {self.layout.env_file, self.layout.env_example, ".env"}
        present = frozenset[str]().union(*(keys(self.project.get(f) or b"") for f in files))
        return self.layout.joins or variable.name in present - ours

    def _join_history(self, block: Block) -> tuple[Migration, ...]:
        """The block's revisions, appended to the project's own history in their order."""
        return tuple(self.join(block, src) for src in block.revisions)

    def join(self, block: Block, src: str) -> Migration:
        """One revision of the block, after the project's last."""
        versions = self.layout.versions
        history = alembic.history(self.project, *self.layout.locations)
        content = rooted_file(block, src, self.layout)
        revision = alembic.read_revision(src, content)
        if revision is None:
            raise alembic.NotARevision(src)
        for known in history:
            if known.revision == revision.revision:
                return Migration(known.path, known.revision, "".join(known.downs[:1]))
        down = alembic.head(history, versions)
        path = f"{versions}/{alembic.installed_name(block.name, src)}"
        self.write_new({path: alembic.joined(content, down, src)})
        return Migration(path, revision.revision, down or "")


def _to_install(dep: Dep) -> str:
    """The whole requirement, also where only extras were missing in the file."""
    return dep.req if dep.added.startswith(("[", ",")) else dep.added
