"""What the first `add` decided, and a later one cannot decide again."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi_registry.engine.detect import detect
from fastapi_registry.engine.edits.seam import InstallBlocks
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.join import APP_SEAM, fact_of
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.manifest import CORE
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.wishes import Wishes


class AlreadyDecided(UsageError):
    """A flag wishes something else than what holds."""

    def __init__(self, flag: str, wish: str, holds: str) -> None:
        super().__init__(
            f"`{flag} {wish}` comes too late: {holds}",
            hint=f"the first `add` decided that, and it stays: leave out `{flag}`",
        )


def refuse_another(project: Tree, layout: Layout, wishes: Wishes) -> None:
    """Raises `AlreadyDecided`, unless what is wished holds already."""
    if wishes.root not in (None, layout.root_package):
        holds = f"the blocks are in `{layout.root_package}`"
        raise AlreadyDecided("--root", str(wishes.root), holds)
    if wishes.table_prefix not in (None, layout.table_prefix):
        prefix = f"begin with `{layout.table_prefix}`" if layout.table_prefix else "have no prefix"
        raise AlreadyDecided("--table-prefix", str(wishes.table_prefix), f"the tables {prefix}")
    if wishes.alembic is not None and not _has_history(project, layout, wishes.alembic):
        raise AlreadyDecided(
            "--alembic", wishes.alembic, f"the revisions are in `{layout.versions}`"
        )
    if wishes.app is not None and not _has_app(project, layout, wishes.app):
        files = " and ".join(f"`{fact.path}`" for fact in _calls(project, layout))
        holds = f"the blocks are in the app of {files or 'your choice'}"
        raise AlreadyDecided("--app", wishes.app, holds)


def _has_history(project: Tree, layout: Layout, alembic: str) -> bool:
    known = detect(project, alembic=alembic).history
    return known is not None and known.versions == layout.versions


def _has_app(project: Tree, layout: Layout, app: str) -> bool:
    if not layout.joins:
        return app == f"{layout.root_package}.main:app"
    named = detect(project, app).finish
    if named is None:
        return False
    place = (named.path, named.name, named.function)
    return any(place == (fact.path, fact.app, fact.function) for fact in _calls(project, layout))


def _calls(project: Tree, layout: Layout) -> Iterator[InstallBlocks]:
    core = lock_of(project).get(CORE)
    for seam in core.seams if core else ():
        fact = fact_of(seam, layout) if seam.kind == APP_SEAM else None
        if isinstance(fact, InstallBlocks):
            yield fact
