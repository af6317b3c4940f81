"""Whether what blocks need beside their files is still asked for and set."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from fastapi_registry.engine.dependencies import list_of
from fastapi_registry.engine.dependency import Dependency
from fastapi_registry.engine.doctor.finding import Finding, Shell, pastes
from fastapi_registry.engine.edits.dependency_list import Needed, find
from fastapi_registry.engine.edits.dotenv import keys
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import Dep, Lock
from fastapi_registry.engine.remove.environment import installed_manifest
from fastapi_registry.engine.tree import Tree

_MAKE: Final = {
    "key": "base64.urlsafe_b64encode(secrets.token_bytes({size})).decode()",
    "token": "secrets.token_urlsafe({size})",
}


def missing_dependencies(project: Tree, lock: Lock) -> Iterator[Finding]:
    """Requirements that nobody asks for any more, under any spelling."""
    for block in lock.blocks:
        for dep in block.deps:
            source = project.get(dep.file) or b""
            try:
                whole = _asking_for(source, dep)
            except CannotEdit as refusal:
                yield Finding("dependency", f"{_lack(block.name, dep)}: {refusal.todo.why}")
                continue
            if whole != source:
                remedies = pastes(dep.file, source, whole)
                yield Finding("dependency", _lack(block.name, dep), remedies)
                project = project.write(dep.file, whole)  # the next lines to paste come after


def missing_secrets(
    project: Tree, lock: Lock, layout: Layout, environment: Collection[str]
) -> Iterator[Finding]:
    """What was generated for this machine. `.env` is not committed: a fresh clone has none."""
    source = project.get(layout.env_file) or b""
    known = {*environment, *keys(source), *keys(project.get(".env") or b"")}
    is_cut_off = bool(source) and not source.endswith(b"\n")
    for block in lock.blocks:
        manifest = installed_manifest(project, block)
        for variable in manifest.env if manifest else ():
            names = {variable.name, variable.instead} & {key.key for key in block.env}
            for name in sorted(names - known) if variable.generate else ():
                what = f"`{block.name}` needs {name}, which is not set in {layout.env_file}"
                line = f"\\n{name}" if is_cut_off else name
                command = _command(line, variable.generate, layout.env_file)
                yield Finding("env", what, (Shell(command),))


def _asking_for(source: bytes, dep: Dep) -> bytes:
    """With what we wrote then; a requirement that is there is good in any spelling."""
    kind, name = list_of(dep.file, source), Dependency.parse(dep.req).name
    if find(kind.listed(source), name) is not None:
        return source
    is_whole = bool(dep.added) and not dep.added.startswith(("[", ","))
    return Needed(Dependency.parse(dep.added if is_whole else dep.req), kind).ensure(source)


def _lack(block: str, dep: Dep) -> str:
    return f"`{block}` needs `{Dependency.parse(dep.req).name}`, which {dep.file} does not ask for"


def _command(line: str, generate: str, path: str) -> str:
    """Appends a fresh secret, which so is never shown nor kept in the shell's history."""
    shape, _, size = generate.partition(":")
    value = _MAKE[shape].format(size=size)
    return f"python -c \"import base64, secrets; print('{line}=' + {value})\" >> {path}"
