"""What a block asked for from PyPI, taken out where nobody else asks for it.

The inverse of `engine/dependencies.py`: what several blocks asked for together becomes as
weak again as those that stay need it. What the user wrote or changed is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from fastapi_registry.engine.dependencies import list_of, remembering, stronger
from fastapi_registry.engine.dependency import Dependency
from fastapi_registry.engine.edits.dependency_list import find
from fastapi_registry.engine.lock import Dep, Lock, LockedBlock

_EXTRAS = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True)
class Released:
    source: bytes
    lock: Lock


def release(source: bytes, dep: Dep, lock: Lock) -> Released:
    """The file without `dep`; `lock` has the blocks that stay. Raises `CannotEdit`."""
    if not dep.added:
        return Released(source, lock)
    is_whole = not dep.added.startswith(("[", ","))
    return (_release_requirement if is_whole else _release_extras)(source, dep, lock)


def _release_requirement(source: bytes, dep: Dep, lock: Lock) -> Released:
    kind = list_of(dep.file, source)
    there = find(kind.listed(source), _wanted(dep).name)
    if there is None or there.text != dep.added:
        return Released(source, lock)  # gone, or the user's by now
    place = kind.listed(source).index(there)
    needs = [_wanted(other) for _, other in _sharing(dep, lock)]
    if not needs:
        return Released(kind.delete(source, place), lock)
    text = str(reduce(stronger, needs))
    edited = kind.replace(source, place, text) if text != there.text else source
    return Released(edited, remembering(lock, dep.file, there.text, text))


def _release_extras(source: bytes, dep: Dep, lock: Lock) -> Released:
    """`[asyncio]` that we wrote into a requirement of the user's."""
    ours = frozenset(re.findall(r"[^\[\],\s]+", dep.added))
    heirs = [(block, other) for block, other in _sharing(dep, lock) if ours & {*_extras(other)}]
    needed = ours.intersection(*[[e for _, other in heirs for e in _extras(other)]])
    for block, other in heirs[:1]:
        lock = lock.with_block(_bequeathed(block, other, needed))
    kind = list_of(dep.file, source)
    there = find(kind.listed(source), _wanted(dep).name)
    if there is None or ours == needed:
        return Released(source, lock)
    text = _without_extras(there.text, ours - needed)
    place = kind.listed(source).index(there)
    return Released(source if text == there.text else kind.replace(source, place, text), lock)


def _without_extras(text: str, unwanted: frozenset[str]) -> str:
    match = _EXTRAS.search(text)
    if match is None:
        return text
    kept = [extra for extra in match[1].split(",") if extra.strip() not in unwanted]
    brackets = f"[{','.join(kept)}]" if kept else ""
    return text[: match.start()] + brackets + text[match.end() :]


def _bequeathed(block: LockedBlock, dep: Dep, extras: frozenset[str]) -> LockedBlock:
    """`block`, which from now on has to take `extras` out when it goes."""
    inherited = dep._replace(added=f"{dep.added},{','.join(sorted(extras))}")
    return block._replace(deps=tuple(inherited if each == dep else each for each in block.deps))


def _sharing(dep: Dep, lock: Lock) -> Iterator[tuple[LockedBlock, Dep]]:
    """Who else asks for the same distribution in the same file."""
    for block in lock.blocks:
        for other in block.deps:
            if (other.file, _wanted(other).canonical) == (dep.file, _wanted(dep).canonical):
                yield block, other


def _wanted(dep: Dep) -> Dependency:
    return Dependency.parse(dep.req)


def _extras(dep: Dep) -> tuple[str, ...]:
    return _wanted(dep).extras
