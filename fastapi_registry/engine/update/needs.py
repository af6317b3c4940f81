"""What a new version needs beside its files: only what the installed one did not.

What the user took out again, a requirement or a setting, does not come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.dependencies import pinned
from fastapi_registry.engine.dependency import Dependency
from fastapi_registry.engine.edits.dotenv import EnvSection
from fastapi_registry.engine.edits.hub import HubEntry
from fastapi_registry.engine.install import Installation
from fastapi_registry.engine.lock import Dep, EnvKey, LockedBlock, LockedFile, Migration, Seam
from fastapi_registry.engine.manifest import PROJECT
from fastapi_registry.engine.remove.environment import explaining, installed_manifest


def renewed(steps: Installation, block: Block, files: Iterable[LockedFile]) -> LockedBlock:
    """The lock's entry of `block`; `steps` makes true what is new in it."""
    locked = _locked(steps, block)
    return locked._replace(
        version=block.version,
        source=block.source,
        digest=block.digest,
        requires=tuple(requirement.name for requirement in block.manifest.requires),
        files=(*(file for file in locked.files if file.state == "ejected"), *files),
        seams=_seams(steps, block, locked),
        deps=_deps(steps, block),
        env=_env(steps, block, locked),
        migrations=_migrations(steps, block, locked),
    )


def _locked(steps: Installation, block: Block) -> LockedBlock:
    locked = steps.lock.get(block.name)
    assert locked is not None
    return locked


def _seams(steps: Installation, block: Block, locked: LockedBlock) -> tuple[Seam, ...]:
    """A block that gains or loses its settings does so in the hub too."""
    had_settings = f"{block.manifest.folder}/settings.py" in {file.src for file in locked.files}
    has_settings = block.settings_class is not None
    if had_settings == has_settings:
        return locked.seams
    hub, root = steps.layout.hub, steps.layout.root_package
    with_settings = HubEntry(block.name, root, block.manifest.settings_class, hub)
    if had_settings and steps.edit(hub, with_settings.remove) is None:
        return locked.seams
    return steps.name_in_hub(block) or locked.seams


def _deps(steps: Installation, block: Block) -> tuple[Dep, ...]:
    pins = steps.pins if PROJECT in steps.lock else {}
    asked = {dep.req for dep in _locked(steps, block).deps}
    new = tuple(need for need in block.manifest.python if str(pinned(need, pins)) not in asked)
    only_new = replace(block, manifest=block.manifest._replace(python=new))
    gained = steps.ask_for_dependencies(only_new)
    names = {_distribution(dep) for dep in gained}
    stay = (dep for dep in _locked(steps, block).deps if _distribution(dep) not in names)
    return (*stay, *gained)


def _distribution(dep: Dep) -> str:
    return Dependency.parse(dep.req).canonical


def _env(steps: Installation, block: Block, locked: LockedBlock) -> tuple[EnvKey, ...]:
    _explain_anew(steps, block, locked)
    known = {key.key for key in locked.env}
    new = tuple(
        variable
        for variable in block.manifest.env
        if variable.name not in known and variable.instead not in known
    )
    if not new:
        return locked.env
    only_new = replace(block, manifest=block.manifest._replace(env=new))
    return (*locked.env, *steps.set_environment(only_new))


def _explain_anew(steps: Installation, block: Block, locked: LockedBlock) -> None:
    """What is said of the known settings, where that is still as the installed version said it."""
    path, installed = steps.layout.env_example, installed_manifest(steps.project, locked)
    if installed is None or path not in steps.project:
        return
    earlier, now = (
        EnvSection(block.name, manifest.title, explaining(locked, manifest, path))
        for manifest in (installed, block.manifest)
    )
    steps.edit(path, lambda source: now.renew(source, earlier))


def _migrations(steps: Installation, block: Block, locked: LockedBlock) -> tuple[Migration, ...]:
    """Revisions are only ever appended. A user who did without them goes on without them."""
    known = {file.src for file in locked.files}
    if not locked.migrations and not known.isdisjoint(block.revisions):
        return locked.migrations
    new = (src for src in block.revisions if src not in known)
    return (*locked.migrations, *(steps.join(block, src) for src in new))
