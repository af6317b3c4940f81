"""What blocks need from PyPI, put into the file where this project asks for it.

What the user asks for is never changed but for missing extras, and never contradicted.
What blocks alone ask for is one requirement, strong enough for all of them: so the order
in which they were installed does not show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from fastapi_registry.engine.dependency import Dependency, exclude_each_other
from fastapi_registry.engine.edits.dependency_list import (
    DependencyList,
    Listed,
    Needed,
    find,
)
from fastapi_registry.engine.edits.pyproject import ProjectDependencies
from fastapi_registry.engine.errors import DecisionNeeded
from fastapi_registry.engine.lock import Dep, Lock


class DependencyConflict(DecisionNeeded):
    """The project pins a version that a block cannot work with."""

    def __init__(self, block: str, needed: Dependency, there: str, path: str) -> None:
        super().__init__(
            f"`{block}` needs `{needed}`, but `{path}` asks for `{there}`",
            hint=f"change the requirement in `{path}`, then run this command again",
        )


class Asked(NamedTuple):
    """The file after a dependency was asked for, and what is to be remembered of it."""

    source: bytes
    dep: Dep
    lock: Lock

    @property
    def is_new(self) -> bool:
        return bool(self.dep.added)


def list_of(path: str, source: bytes) -> DependencyList:
    """The format of the file in which a project keeps its dependencies."""
    if path.endswith((".txt", ".in")):
        from fastapi_registry.engine.edits.requirements import RequirementLines

        return RequirementLines(path)
    if b"poetry" in source:
        from fastapi_registry.engine.edits.poetry import PoetryDependencies, is_poetry

        if is_poetry(source):
            return PoetryDependencies(path)
    return ProjectDependencies(path)


def pinned(need: Dependency, pins: Mapping[str, Dependency]) -> Dependency:
    """What a new project asks for: the modern bound, and the extras, if there are such."""
    pin = pins.get(need.canonical)
    return need if pin is None else need.with_extras(pin.extras)._replace(bounds=pin.bounds)


def ask_for(source: bytes, path: str, block: str, need: Dependency, lock: Lock) -> Asked:
    """`need` of `block`, made true in the file `path`. Raises `DependencyConflict`."""
    kind = list_of(path, source)
    there = find(kind.listed(source), need.name)
    if there is not None and there.mention is not None:
        if exclude_each_other(there.mention.bounds, need.bounds):
            raise DependencyConflict(block, need, there.text, path)
        if _is_ours(there, path, lock):
            return _strengthened(source, kind, path, need, there, lock)
    needed = Needed(need, kind)
    dep = Dep(path, "", str(need), needed.addition(source))
    return Asked(needed.ensure(source), dep, lock)


def _is_ours(there: Listed, path: str, lock: Lock) -> bool:
    """Whether we wrote this requirement, and nobody changed it since."""
    written = {dep.added for block in lock.blocks for dep in block.deps if dep.file == path}
    return there.text in written


def _strengthened(
    source: bytes, kind: DependencyList, path: str, need: Dependency, there: Listed, lock: Lock
) -> Asked:
    """One requirement that satisfies `need` too, in place of the one that we wrote before."""
    text = str(stronger(Dependency.parse(there.text), need))
    dep = Dep(path, "", str(need), text)
    if text == there.text:
        return Asked(source, dep, lock)
    edited = kind.replace(source, kind.listed(source).index(there), text)
    return Asked(edited, dep, remembering(lock, path, there.text, text))


def remembering(lock: Lock, path: str, old: str, new: str) -> Lock:
    """The lock in which every block that shares a requirement knows its present text."""
    for block in lock.blocks:
        deps = tuple(
            dep._replace(added=new) if (dep.file, dep.added) == (path, old) else dep
            for dep in block.deps
        )
        lock = lock.with_block(block._replace(deps=deps))
    return lock


def stronger(one: Dependency, other: Dependency) -> Dependency:
    """What satisfies both: all extras, the higher minimum, every other bound."""
    clauses = {clause for each in (one, other) for clause in each.bounds.split(",") if clause}
    minima = [clause for clause in clauses if re.fullmatch(r">=[\d.]+", clause)]
    kept = (clauses - set(minima)) | set(sorted(minima, key=_release)[-1:])
    name, marker = min(one.name, other.name), one.marker if one.marker == other.marker else ""
    bounds = ",".join(sorted(kept, key=lambda clause: (not clause.startswith(">="), clause)))
    return Dependency(name, one.with_extras(other.extras).extras, bounds, marker)


def _release(minimum: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minimum.removeprefix(">=").strip(".").split("."))
