"""All that the tool knows about a project that somebody else laid out, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from fastapi_registry.engine.detect.conventions import (
    Formatter,
    PythonVersion,
    formatter,
    python_version,
)
from fastapi_registry.engine.detect.database import DatabaseUrl, database_url
from fastapi_registry.engine.detect.dependencies import (
    DependencyFile,
    Pin,
    dependency_file,
    group_pins,
    pins,
)
from fastapi_registry.engine.detect.entrypoint import Entrypoint, entrypoints
from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.finish import Finish, finish
from fastapi_registry.engine.detect.migrations import (
    History,
    chosen_history,
    histories,
    named_history,
)
from fastapi_registry.engine.detect.mounts import Mount, inside, mounts
from fastapi_registry.engine.detect.obstacles import Obstacle, obstacles
from fastapi_registry.engine.detect.orm import Orm, Table, orm, tables
from fastapi_registry.engine.detect.routes import Route, hiding_route, routes
from fastapi_registry.engine.detect.settings import SettingsClass, settings_classes
from fastapi_registry.engine.detect.sources import Sources
from fastapi_registry.engine.lock import DamagedLock, lock_of
from fastapi_registry.engine.manifest import PROJECT
from fastapi_registry.engine.tree import Tree

_ENV = ".env"
_HIDING = (_ENV, ".env*", "*.env", "**/.env")
_ENV_EXAMPLES = (
    *(".env.example", ".env.sample", ".env.template", ".env.dist", "env.example"),
    *(".example.env", "example.env", ".env-example", "sample.env"),
)


@dataclass(frozen=True)
class Facts:
    """What was found; `None` or empty is a fact, too."""

    entrypoint: Entrypoint | None
    candidates: tuple[Entrypoint, ...]
    """More than one where equally strong evidence names several apps."""
    finish: Finish | None
    routes: tuple[Route, ...]
    hiding_route: Evidence | None
    """A route that the app is made with and that no block comes before."""
    mounts: tuple[Mount, ...]
    """The applications that the one that is served mounts, as far as can be told."""
    settings: tuple[SettingsClass, ...]
    database_url: DatabaseUrl | None
    orm: Orm
    tables: tuple[Table, ...]
    histories: tuple[History, ...]
    history: History | None
    """The one that our revisions join; `None` too where two are equally likely."""
    dependencies: DependencyFile | None
    pins: tuple[Pin, ...]
    formatter: Formatter | None
    python: PythonVersion
    obstacles: tuple[Obstacle, ...]
    env_files: tuple[str, ...]
    """Each `.env` in which our keys neither stop the project nor get committed.

    The nearest to the app first: where there is one or where its variables are shown, and at the
    top. None where unknown keys may be refused.
    """
    env_example: str
    """The file in which the project shows its variables, or the usual name for a new one."""

    @property
    def root(self) -> str:
        """The folder that the project imports itself from."""
        return self.entrypoint.root if self.entrypoint else ""

    @property
    def package(self) -> str:
        return self.entrypoint.package if self.entrypoint else ""


@dataclass(frozen=True)
class Finding:
    """One line of `doctor --detect`."""

    fact: str
    value: str
    evidence: Evidence | None


def detect(tree: Tree, app: str | None = None, alembic: str | None = None) -> Facts:
    """`app` and `alembic` are what `--app` and `--alembic` say: they decide."""
    sources = Sources(tree, without=_ours(tree))
    mounted = mounts(sources)
    entry = entrypoints(tree, sources, mounted, app)
    chosen = entry.chosen
    app_path = chosen.path if chosen else ""
    finished = finish(sources, chosen.application) if chosen else None
    inner = inside(mounted, chosen.application) if chosen else ()
    settings = settings_classes(sources)
    url = database_url(sources, chosen.root if chosen else "", settings)
    found_orm, found_histories = orm(sources), histories(tree, sources)
    file = dependency_file(tree, app_path)
    found_pins, python = pins(tree, file, app_path), python_version(tree)
    return Facts(
        entrypoint=chosen,
        candidates=entry.candidates,
        finish=finished,
        routes=routes(sources, chosen, finished, inner) if chosen else (),
        hiding_route=hiding_route(sources, chosen.application) if chosen else None,
        mounts=inner,
        settings=settings,
        database_url=url,
        orm=found_orm,
        tables=tables(sources),
        histories=found_histories,
        history=(
            named_history(found_histories, alembic)
            if alembic
            else chosen_history(found_histories, sources, found_orm.base)
        ),
        dependencies=file,
        pins=(*found_pins, *group_pins(tree, file)),
        formatter=formatter(tree),
        python=python,
        obstacles=obstacles(tree, sources, found_orm, url, found_pins, python),
        env_files=tuple(_env_files(tree, app_path))
        if all(each.tolerates_unknown for each in settings)
        else (),
        env_example=_env_example(tree, app_path),
    )


def findings(facts: Facts) -> Iterator[Finding]:
    """What was found, in the order in which it is decided."""
    for candidate in facts.candidates:
        name = "app" if candidate == facts.entrypoint else "app?"
        yield Finding(name, f"{candidate} in {candidate.path}", candidate.evidence)
    if facts.finish:
        scope = facts.finish.function or "the module"
        value = f"`{facts.finish.name}` in {scope} of {facts.finish.path}"
        yield Finding("finished", value, facts.finish.evidence)
    if facts.entrypoint:
        yield Finding("imports", f"from {facts.root or '.'}, package {facts.package or '-'}", None)
    for mount in facts.mounts:
        yield Finding("mounted", f"{mount.path or 'an app'}, an app of its own", mount.evidence)
    for each in facts.settings:
        yield Finding("settings", f"{each.name}, as {each.reached_by}", each.evidence)
    if facts.database_url:
        yield Finding("database", facts.database_url.expression, facts.database_url.evidence)
    base = f", base {facts.orm.base}" if facts.orm.base else ""
    yield Finding("data access", f"{facts.orm.kind}{base}", facts.orm.evidence)
    for history in facts.histories:
        name = "migrations" if history == facts.history else "migrations?"
        yield Finding(
            name, f"{history.versions} (head {', '.join(history.heads) or '-'})", history.evidence
        )
    if facts.dependencies:
        yield Finding("dependencies", facts.dependencies.path, facts.dependencies.evidence)
    if facts.formatter:
        yield Finding("formatter", facts.formatter.name, facts.formatter.evidence)
    if facts.python.evidence:
        yield Finding("python", facts.python.runs_on or facts.python.floor, facts.python.evidence)
    for obstacle in facts.obstacles:
        yield Finding("obstacle", obstacle.why, obstacle.evidence)


def _ours(tree: Tree) -> frozenset[str]:
    """What blocks brought is no fact about a project that they joined.

    One that we made is made of them. A damaged lock tells nothing.
    """
    try:
        lock = lock_of(tree)
    except DamagedLock:
        return frozenset()
    blocks = () if PROJECT in lock else lock.blocks
    hubs = {seam.path for block in blocks for seam in block.seams if seam.kind == "hub"}
    revisions = {revision.path for block in blocks for revision in block.migrations}
    return frozenset({file.path for block in blocks for file in block.files} | hubs | revisions)


def _is_hidden(tree: Tree, env_file: str) -> bool:
    """A `.env` that git would take into a commit must get no secret."""
    for folder in PurePosixPath(env_file).parents:
        ignored = tree.get(str(folder / ".gitignore")) or b""
        here = str(PurePosixPath(env_file).relative_to(folder))
        for rule in ignored.decode("utf-8", "replace").split():
            if rule.rstrip("/") in _HIDING or rule.strip("/") == here:
                return True
    return False


def _env_files(tree: Tree, app_path: str) -> Iterator[str]:
    for folder in PurePosixPath(app_path or "-").parents:
        is_used = any(str(folder / name) in tree for name in (_ENV, *_ENV_EXAMPLES))
        path = str(folder / _ENV)
        if (is_used or path == _ENV) and _is_hidden(tree, path):
            yield path


def _env_example(tree: Tree, app_path: str) -> str:
    """The nearest one above the app, under any of the names that people give it."""
    for folder in PurePosixPath(app_path or "-").parents:
        for name in _ENV_EXAMPLES:
            if (path := str(folder / name)) in tree:
                return path
    return _ENV_EXAMPLES[0]
