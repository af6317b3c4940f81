"""The project's Alembic histories: all of them, since some projects have two."""

from __future__ import annotations

from collections.abc import Iterator
from configparser import Error, RawConfigParser
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from fastapi_registry.engine.detect.evidence import Evidence, line_of
from fastapi_registry.engine.detect.sources import Sources, is_example
from fastapi_registry.engine.detect.syntax import arguments, field
from fastapi_registry.engine.detect.version_locations import RECURSIVE, version_locations
from fastapi_registry.engine.edits.alembic import AND_BELOW, history
from fastapi_registry.engine.toml_table import table
from fastapi_registry.engine.tree import Tree


@dataclass(frozen=True)
class History:
    """One Alembic environment."""

    config: str
    """The `alembic.ini` or `pyproject.toml` that names it, "" for one run by code."""
    env: str
    versions: str
    heads: tuple[str, ...]
    evidence: Evidence
    section: str = "alembic"
    """Of the configuration, where one file has several environments."""
    is_run_from_above: bool = False
    """Whether the configuration names its folder as seen from the project's, not from its own."""
    other_versions: tuple[str, ...] = ()
    """Further folders with its revisions, as `edits.alembic.history` takes them."""
    unknown: tuple[str, ...] = ()
    """Locations of its revisions of which the project does not tell where they are."""

    several_databases: Evidence | None = None
    """What shows that each revision upgrades more than one, as in Alembic's `multidb` template."""

    @property
    def folder(self) -> str:
        return _parent(self.env)

    @property
    def command(self) -> str:
        """What is typed before `upgrade head`, from the project's folder."""
        config = PurePosixPath(self.config)
        if self.is_run_from_above:
            return f"alembic -c {config}{self._named}"
        enter = f"cd {config.parent} && " if str(config.parent) != "." else ""
        usual = config.name in ("", "alembic.ini", "pyproject.toml")
        return f"{enter}alembic{'' if usual else f' -c {config.name}'}{self._named}"

    @property
    def _named(self) -> str:
        return "" if self.section == "alembic" else f" -n {self.section}"


def histories(tree: Tree, sources: Sources) -> tuple[History, ...]:
    """Each once, by its `env.py`; those that a configuration names first.

    A configuration of several may have a default section that leads nowhere.
    """
    found: dict[str, History] = {}
    for known in (*_configured(tree, sources), *_unconfigured(tree, sources)):
        found.setdefault(known.env, known)
    found = {env: _of_databases(tree, sources, known) for env, known in found.items()}
    return tuple(each for each in found.values() if each.env in tree) or tuple(found.values())


def chosen_history(
    known: tuple[History, ...], sources: Sources, base: str | None
) -> History | None:
    """The one that has the models of the app; `None` where that cannot be told."""
    if len(known) < 2:
        return known[0] if known else None
    model_file = (base or "").partition(":")[0]
    theirs = [each for each in known if model_file and _reaches(sources, each.env, model_file)]
    return theirs[0] if len(theirs) == 1 else None


def named_history(known: tuple[History, ...], wanted: str) -> History | None:
    """By its folder, its versions, or the file that configures it, as `--alembic` names them."""
    path = str(PurePosixPath(wanted))
    named = [each for each in known if path in (each.folder, each.versions, each.env, each.config)]
    return named[0] if len(named) == 1 else None


def _reaches(sources: Sources, path: str, wanted: str, depth: int = 3) -> bool:
    """Whether a file imports another, directly or through a few others."""
    if path == wanted:
        return True
    if depth == 0 or path not in sources.paths:
        return False
    places = {
        place
        for imported in sources.module(path).imports.values()
        for dotted in (imported.module, f"{imported.module}.{imported.name}")
        for place in sources.find(dotted, path)[:1]
    }
    return any(_reaches(sources, place, wanted, depth - 1) for place in places - {path})


def _configured(tree: Tree, sources: Sources) -> Iterator[History]:
    for path in tree:
        name = PurePosixPath(path).name
        if name.endswith(".ini") and b"script_location" in tree.read(path):
            for section, named in _ini_sections(tree.read(path)):
                yield from _named_in(tree, sources, path, named, section)
        elif name == "pyproject.toml":
            options = table(tree, path, "tool", "alembic")
            if isinstance(options.get("script_location"), str):
                versions = options.get("version_locations", ())
                given = {
                    "script_location": options["script_location"],
                    "version_locations": "\n".join(versions) if isinstance(versions, list) else "",
                    "path_separator": "newline",
                    RECURSIVE: str(options.get(RECURSIVE, "")),
                }
                yield from _named_in(tree, sources, path, given)


def _ini_sections(content: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Those that name an environment: one file may have several, for `alembic -n NAME`."""
    parser = RawConfigParser(strict=False)
    try:
        parser.read_string(content.decode("utf-8-sig", "replace"))
    except Error:
        return
    for name in parser.sections():
        if parser.has_option(name, "script_location"):
            yield name, dict(parser.items(name))


def _named_in(
    tree: Tree, sources: Sources, config: str, options: dict[str, str], section: str = "alembic"
) -> Iterator[History]:
    here = _parent(config)
    location = options.get("script_location", "")
    folder = _folder(sources, here, location)
    if folder is None:
        return
    is_above = bool(here) and location == folder and ":" not in location
    known = version_locations(sources, "" if is_above else here, options)
    versions, *others = [*filter(None, known.values())] or [f"{folder}/versions"]
    if options.get(RECURSIVE, "").lower() == "true":
        others = [f"{each}{AND_BELOW}" for each in (versions, *others)]
    content = tree.read(config)
    line = line_of(content, max(content.find(b"script_location"), 0))
    evidence = Evidence(config, line, f"script_location = {location}")
    yield replace(
        _history(tree, config, folder, (versions, *others), evidence),
        section=section,
        is_run_from_above=is_above,
        unknown=tuple(each for each, place in known.items() if place is None),
    )


def _folder(sources: Sources, here: str, location: str) -> str | None:
    """A folder as Alembic names one: `%(here)s/alembic`, `app:migrations`, `alembic`."""
    package, colon, inside = location.partition(":")
    if colon:
        found = sources.find(f"{package}.{inside.replace('/', '.')}.env".replace("..", "."))
        return _parent(found[0]) if found else None
    relative = location.replace("%(here)s", ".").replace("{here}", ".")
    below_config, below_project = _joined(here, relative), _joined("", relative)
    known = [place for place in (below_config, below_project) if f"{place}/env.py" in sources.paths]
    return known[0] if known else below_config


def _unconfigured(tree: Tree, sources: Sources) -> Iterator[History]:
    """An `env.py` that configures Alembic, with its versions beside it."""
    for module in sources.mentioning(b"context.configure"):
        folder = _parent(module.path)
        if module.path.endswith("env.py") and not is_example(module.path):
            evidence = Evidence(module.path, 1, "configures Alembic")
            yield _history(tree, "", folder, (f"{folder}/versions",), evidence)


def _history(
    tree: Tree, config: str, folder: str, locations: tuple[str, ...], evidence: Evidence
) -> History:
    versions, *others = locations
    revisions = history(tree, *locations)
    continued = {down for revision in revisions for down in revision.downs}
    heads = tuple(each.revision for each in revisions if each.revision not in continued)
    env = f"{folder}/env.py"
    return History(config, env, versions, heads, evidence, other_versions=tuple(others))


def _of_databases(tree: Tree, sources: Sources, known: History) -> History:
    return replace(known, several_databases=next(_several_databases(tree, sources, known), None))


def _several_databases(tree: Tree, sources: Sources, known: History) -> Iterator[Evidence]:
    for section, options in _ini_sections(tree.get(known.config) or b""):
        if section == known.section and "databases" in options:
            line = line_of(tree.read(known.config), tree.read(known.config).find(b"databases"))
            yield Evidence(known.config, line, f"databases = {options['databases']}")
    for call in sources.module(known.env).calls() if known.env in sources.paths else ():
        is_run = field(call, "function").endswith("context.run_migrations")
        if is_run and arguments(call):
            yield Evidence(known.env, call.start_point.row + 1, "gives its revisions arguments")


def _joined(folder: str, relative: str) -> str:
    return str(PurePosixPath(folder, relative))


def _parent(path: str) -> str:
    parent = str(PurePosixPath(path).parent)
    return "" if parent == "." else parent
