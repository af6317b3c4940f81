"""What you changed since a block was installed, what its new version changes, and where both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi_registry.engine.base import base_of
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LockedBlock, LockedFile, lock_of
from fastapi_registry.engine.merge import adapted
from fastapi_registry.engine.plan import Change
from fastapi_registry.engine.rendering import installed_files
from fastapi_registry.engine.status import is_as_installed
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.update.cases import FileCase, file_cases


def your_edits(project: Tree, block: LockedBlock) -> tuple[Change, ...]:
    """From what was installed to what is there now. Raises `DamagedBase`."""
    files = (file for file in block.files if file.state != "ejected")
    edits = (_edit(project, file) for file in files)
    return _by_path(edit for edit in edits if edit is not None)


def upstream_changes(project: Tree, block: Block, layout: Layout) -> tuple[Change, ...]:
    """From what was installed to the version `block`, your edits apart."""
    cases = _cases(project, block, layout)
    return _by_path(_change(project, case) for case in cases if not case.is_unchanged)


def changed_by_both(
    project: Tree, block: Block, layout: Layout
) -> tuple[tuple[Change, Change], ...]:
    """Of each file that you edited and `block` changes: your change, and the other."""
    cases = (case for case in _cases(project, block, layout) if _is_changed_by_both(case))
    return tuple((_yours(project, case), _change(project, case)) for case in cases)


def _cases(project: Tree, block: Block, layout: Layout) -> Iterator[FileCase]:
    lock = lock_of(project)
    locked = lock.get(block.name)
    contents = installed_files(block, layout, locked.params if locked else {})
    return file_cases(project, lock, layout, block, contents)


def _is_changed_by_both(case: FileCase) -> bool:
    is_yours = case.yours is not None and not case.is_untouched
    return is_yours and not case.is_unchanged and case.yours != case.theirs


def _yours(project: Tree, case: FileCase) -> Change:
    base = None if case.installed is None else base_of(project, case.installed.base)
    before = base if base is None or case.yours is None else adapted(base, case.yours)
    return Change(case.path, before, case.yours)


def _edit(project: Tree, file: LockedFile) -> Change | None:
    yours = project.get(file.path)
    if yours is not None and is_as_installed(yours, file):
        return None
    base = base_of(project, file.base)
    return Change(file.path, base if yours is None else adapted(base, yours), yours)


def _change(project: Tree, case: FileCase) -> Change:
    base = None if case.installed is None else base_of(project, case.installed.base)
    return Change(case.target, base, case.theirs)


def _by_path(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: change.path))
