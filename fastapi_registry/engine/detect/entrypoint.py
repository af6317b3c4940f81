"""Which object is served: `MODULE:ATTR`, by the strongest evidence that the project gives.

1. `[tool.fastapi-blocks] entrypoint`, then `[tool.fastapi] entrypoint`
2. its own commands: Dockerfile, compose, Makefile, Procfile, justfile, scripts, README, and
   `uvicorn.run("module:app")`
3. the places where fastapi-cli looks
4. the only `FastAPI()` there is

Weaker evidence is not asked where stronger one decides. Where equally strong evidence names
two apps, nothing is chosen: both are candidates. So they are where the evidence for one lies
inside of a service, and knows nothing of the service beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import PurePosixPath

from fastapi_registry.engine.detect import commands
from fastapi_registry.engine.detect.application import (
    Application,
    all_applications,
    application,
    application_by_use,
    applications_in,
    attributes,
    named_application,
)
from fastapi_registry.engine.detect.commands import RunCommand
from fastapi_registry.engine.detect.dependencies import dependency_file
from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.imports import dotted_name, elected_root, import_root
from fastapi_registry.engine.detect.mounts import Mount
from fastapi_registry.engine.detect.sources import Sources, is_decoy, nearness
from fastapi_registry.engine.tree import Tree

# https://fastapi.tiangolo.com/fastapi-cli/ looks for these, in this order.
_DEFAULT_FILES = ("main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py")


@dataclass(frozen=True)
class Entrypoint:
    """`module:attribute`, importable from the folder `root`, written in the file `path`."""

    module: str
    attribute: str
    path: str
    root: str
    application: Application
    evidence: Evidence
    package: str
    """The package of the app, "" where its modules lie bare in the import root."""

    @property
    def choice(self) -> str:
        """What `--app` takes, told apart from a module of that name in another folder."""
        return f"{dotted_name(self.path, '')}:{self.attribute}"

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}"


@dataclass(frozen=True)
class Entrypoints:
    """The one that serves, or those among which the user must choose."""

    chosen: Entrypoint | None = None
    candidates: tuple[Entrypoint, ...] = ()


def entrypoints(
    tree: Tree, sources: Sources, mounted: Collection[Mount], wanted: str | None = None
) -> Entrypoints:
    """`wanted` is what `--app` says; it decides, also for what would be taken for a decoy.

    What one of several apps mounts is served by that one.
    """
    if wanted is not None:
        named = _decided(_by_name(sources, wanted))
        return _imported_as_usual(tree, sources, named)
    for found in _by_strength(tree, sources):
        if found:
            every = [*found, *_beside(tree, sources, found[0])]
            return _decided(_outermost(every, mounted))
    return Entrypoints()


def _imported_as_usual(tree: Tree, sources: Sources, named: Entrypoints) -> Entrypoints:
    """`--app backend.shop.main:app` may name a file by its place, as a question of ours does.

    Then its commands and its imports say what it is called: `shop.main`, below `backend`.
    """
    chosen = named.chosen
    if chosen is None or chosen.root:
        return named
    every = (each for found in _by_their_word(tree, sources) for each in found)
    root = next((each.root for each in every if each.path == chosen.path), None)
    root = elected_root(sources, chosen.path) if root is None else root
    if not root:
        return named
    usual = replace(
        chosen,
        root=root,
        module=dotted_name(chosen.path, root),
        package=_package(sources, chosen.path, root, chosen.application),
    )
    return Entrypoints(usual, (usual,))


def _beside(tree: Tree, sources: Sources, found: Entrypoint) -> Iterator[Entrypoint]:
    """The apps of other services of a repository, of which the evidence for one says nothing.

    What lies above both sees both, and decides.
    """
    service = _service(tree, found)
    if not service or not found.path.startswith(f"{service}/"):
        return
    for depth in sorted({path.count("/") for path in sources.paths}):
        for other in _by_default(sources, depth):
            if not other.path.startswith(f"{service}/"):
                yield other


def _service(tree: Tree, found: Entrypoint) -> str:
    """The folder that the evidence tells about: its own, but for code that of its packages."""
    told_by = found.evidence.path
    if told_by.endswith(".py"):
        packages = dependency_file(tree, told_by)
        told_by = packages.path if packages else ""
    return told_by.rpartition("/")[0]


def _outermost(found: list[Entrypoint], mounted: Collection[Mount]) -> list[Entrypoint]:
    places = {each.application.place for each in found}
    inner = {m.inner.place for m in mounted if m.outer is None or m.outer.place in places}
    return [each for each in found if each.application.place not in inner] or found


def _by_strength(tree: Tree, sources: Sources) -> Iterator[list[Entrypoint]]:
    yield from _by_their_word(tree, sources)
    for depth in sorted({path.count("/") for path in sources.paths}):
        yield list(_by_default(sources, depth))
    yield list(_only_apps(sources))


def _by_their_word(tree: Tree, sources: Sources) -> Iterator[list[Entrypoint]]:
    """What their configuration and their commands name, the strongest first."""
    yield _served(sources, commands.wished_entrypoint(tree))
    yield _served(sources, commands.declared_entrypoint(tree))
    run = sorted(commands.run_commands(tree, sources), key=lambda command: command.strength)
    for _, equals in groupby(run, key=lambda command: command.strength):
        yield _served(sources, equals)


def _decided(found: Iterable[Entrypoint]) -> Entrypoints:
    """Two names for one `FastAPI()` are no ambiguity: the first, a name before a factory."""
    by_app: dict[tuple[str, int], Entrypoint] = {}
    for entrypoint in sorted(found, key=lambda entrypoint: entrypoint.application.is_factory):
        by_app.setdefault(entrypoint.application.place, entrypoint)
    several = tuple(by_app.values())
    return Entrypoints(several[0] if len(several) == 1 else None, several)


def _by_name(sources: Sources, wanted: str) -> Iterator[Entrypoint]:
    module, _, attribute = wanted.partition(":")
    evidence = Evidence("", 0, f"--app {wanted}")
    command = RunCommand(0, evidence, module, attribute or "app", is_asked_for=True)
    yield from _of_command(sources, command)


def _served(sources: Sources, run: Iterable[RunCommand]) -> list[Entrypoint]:
    return [found for command in run for found in _of_command(sources, command)]


def _of_command(sources: Sources, command: RunCommand) -> Iterator[Entrypoint]:
    """The app that a command serves: of the files that its name may mean, the nearest.

    All of those that are equally near: nothing tells them apart.
    """
    importer = f"{command.folder}/-" if command.folder else ""
    files = (path for path in _files(sources, command, importer) if _is_meant(path, command))
    for _, equals in groupby(files, key=lambda path: nearness(path, importer)):
        found = [each for path in equals for each in _in_file(sources, path, command)]
        if found:
            yield from found
            return


def _is_meant(path: str, command: RunCommand) -> bool:
    return command.is_deployed or not is_decoy(path)


def _in_file(sources: Sources, path: str, command: RunCommand) -> Iterator[Entrypoint]:
    if command.is_script:
        yield from _served(sources, commands.uvicorn_runs(sources, path))
        return
    found = _first_app(sources, path, command.attribute) or _unfollowed(sources, path, command)
    if found is not None:
        yield _entrypoint(sources, path, command.module, *found, command.evidence)


def _files(sources: Sources, command: RunCommand, importer: str) -> Iterable[str]:
    """The nearest to the folder of the command first."""
    if command.file:
        exact = [_joined(command.folder, command.file), _joined("", command.file)]
        near = [path for path in exact if path in sources.paths]
        name = str(PurePosixPath(command.file))
        others = (path for path in sources.paths if path.endswith("/" + name))
        return near[:1] or sorted(others, key=lambda path: nearness(path, importer))
    if command.is_script:
        return sources.find(f"{command.module}.__main__", importer) or sources.find(
            command.module, importer
        )
    return sources.find(command.module, importer)


def _joined(folder: str, file: str) -> str:
    return str(PurePosixPath(folder, file))


def _first_app(sources: Sources, path: str, attribute: str) -> tuple[str, Application] | None:
    names = (attribute,) if attribute else attributes(sources.module(path))
    for name in names:
        if (app := application(sources, path, name)) is not None:
            return name, app
    return None


def _unfollowed(sources: Sources, path: str, command: RunCommand) -> tuple[str, Application] | None:
    """An app that the command names and that something from outside of the project makes.

    Or else the only one that its file makes: `app = choose_edition("make_app")()`.
    """
    module, attribute = sources.module(path), command.attribute
    used = application_by_use(sources, path, attribute)
    if used is None:
        made = {app.place: app for _, app in applications_in(sources, module)}
        used = next(iter(made.values())) if len(made) == 1 else None
    if used is None and command.is_asked_for:
        for value in module.assignments.get(attribute, ()):
            used = named_application(path, attribute, value)
    return (attribute, used) if attribute and used else None


def _by_default(sources: Sources, depth: int) -> Iterator[Entrypoint]:
    """fastapi-cli's places, seen from each folder: a project may lie below `backend/` or `src/`."""
    decided: set[str] = set()
    for default in _DEFAULT_FILES:
        for path in sources.paths:
            folder = path.removesuffix(default)
            is_inside = path == default or path.endswith("/" + default)
            if not is_inside or folder.count("/") != depth or folder in decided or is_decoy(path):
                continue
            if (found := _first_app(sources, path, "")) is not None:
                decided.add(folder)
                evidence = Evidence(path, found[1].line, f"fastapi-cli looks for {default}")
                yield _entrypoint(sources, path, "", *found, evidence)


def _only_apps(sources: Sources) -> Iterator[Entrypoint]:
    for path, name, app in all_applications(sources):
        evidence = Evidence(app.path, app.line, "the only FastAPI() outside tests and docs")
        yield _entrypoint(sources, path, "", name, app, evidence)


def _entrypoint(
    sources: Sources, path: str, module: str, attribute: str, app: Application, why: Evidence
) -> Entrypoint:
    root = import_root(sources, path, module)
    package = _package(sources, path, root, app)
    return Entrypoint(dotted_name(path, root), attribute, path, root, app, why, package)


def _package(sources: Sources, path: str, root: str, app: Application) -> str:
    return _top_package(sources, path, root) or _top_package(sources, app.path, root)


def _top_package(sources: Sources, path: str, root: str) -> str:
    """The first folder of a file below the import root; "" for a file right in it, or elsewhere.

    Not one that has no code and holds packages, `acme` of `acme.billing`: it is shared with other
    projects (https://packaging.python.org/en/latest/guides/packaging-namespace-packages/).
    """
    if root and not path.startswith(f"{root}/"):
        return ""
    inside = path.removeprefix(f"{root}/") if root else path
    names = inside.split("/")[:-1]
    folders = ["/".join((*filter(None, [root]), *names[: n + 1])) for n in range(len(names))]
    depth = 1
    if any(f"{folder}/__init__.py" in sources.paths for folder in folders):
        holding = {each.rpartition("/")[0] for each in sources.paths}
        depth += next(n for n, folder in enumerate(folders) if folder in holding)
    return ".".join(names[:depth])
