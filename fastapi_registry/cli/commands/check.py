"""`check`: does a block tell the truth?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import click

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.adapters.folder import blocks_in
from fastapi_registry.cli.command import Run, command
from fastapi_registry.engine.check import Surroundings, Untruth, untruths
from fastapi_registry.engine.dependency import canonical
from fastapi_registry.engine.lock import LOCK_PATH, read

FOUND = 1


@command(example="fastapi-blocks check ./my-blocks --json")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
def check(run: Run, folder: Path | None) -> int:
    """Find where the blocks in DIR do not tell the truth: exit 1 if they do not.

    Imports against `requires` and `python`, settings against `env`, files against `paths` and
    `rewrite`, tests, and a licence. DIR is the folder of one block, or a project laid out like
    the example project; by default it is the project that you are in. Of a project, only your own
    blocks are judged, not those that `add` brought.
    """
    root = (folder or run.project).absolute()
    found = {name: list(each) for name, each in _untruths_in(root)}
    count = sum(map(len, found.values()))
    run.output.data(line for each in found.values() for line in map(_line, each))
    if not found:
        run.output.say("No block of yours is here, only those that `add` brought")
    elif not count:
        run.output.say(f"{', '.join(f'`{name}`' for name in found)}: nothing untrue was found")
    blocks = [{"name": name, "untruths": [vars(u) for u in each]} for name, each in found.items()]
    return run.output.document({"blocks": blocks}, FOUND if count else 0)


def _untruths_in(root: Path) -> Iterator[tuple[str, tuple[Untruth, ...]]]:
    source, bundled = blocks_in(root, "here"), Bundled()
    manifests = {name: bundled.manifest(name) for name in bundled.names()}
    manifests |= {name: source.manifest(name) for name in source.names()}
    modules = sys.stdlib_module_names
    around = Surroundings(manifests, modules, _distributions(), _has_licence(root))
    for name in sorted({*source.names()} - _brought(root)):
        yield name, untruths(source.load(name), around)


def _brought(root: Path) -> frozenset[str]:
    """What somebody else publishes, and answers for."""
    place = root / LOCK_PATH
    return frozenset(read(place.read_bytes()).versions) if place.is_file() else frozenset()


def _distributions() -> dict[str, frozenset[str]]:
    """Of what is installed beside this tool; elsewhere modules are called like their packages."""
    known = packages_distributions()
    return {module: frozenset(map(canonical, names)) for module, names in known.items()}


def _has_licence(root: Path) -> bool:
    """In the folder, or in one above it up to the repository's own."""
    for folder in (root, *root.parents):
        if any(folder.glob("LICEN[CS]E*")) or any(folder.glob("COPYING*")):
            return True
        if (folder / ".git").exists():
            return False
    return False


def _line(each: Untruth) -> str:
    place = f"{each.path}:{each.line}" if each.line else each.path
    return f"{place}: {each.what}"
