"""From which folder the project imports itself: the repository, `src`, `backend`, `app` …"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import PurePosixPath

from fastapi_registry.engine.detect.sources import Sources

_ENOUGH_FILES = 40


def import_root(sources: Sources, path: str, module: str = "") -> str:
    """The folder that must be on the path so that the file can be imported as the project does.

    A command that names the `module` says it, unless no import agrees: `python shop/main.py`
    may serve `app:app`, while the code imports `shop.app`. Without one the imports of the
    files around vote, and where they are silent, packages end where `__init__.py` does.
    """
    if module:
        return _confirmed(sources, path, _without_module(path, module))
    elected = elected_root(sources, path)
    return _above_packages(sources, path) if elected is None else elected


def elected_root(sources: Sources, path: str) -> str | None:
    """What the imports of the files around vote for; `None` where they are silent."""
    return _elected(_votes(sources, path))


def _confirmed(sources: Sources, path: str, named: str) -> str:
    """`named`, unless all the imports of the file itself lead to a folder above it."""
    votes = _votes(sources, path, around=0)
    elected = _elected(votes)
    if votes[named] or elected is None or not _is_above(elected, named):
        return named
    return elected


def _elected(votes: Counter[str]) -> str | None:
    """The deepest folder of those with the most votes."""
    best = max(votes.values(), default=0)
    elected = [folder for folder, count in votes.items() if best and count == best]
    return max(elected, key=lambda folder: len(folder), default=None)


def _is_above(folder: str, other: str) -> bool:
    return other != folder and PurePosixPath(other).is_relative_to(folder)


def dotted_name(path: str, root: str) -> str:
    """How a file is imported from `root`."""
    inside = PurePosixPath(path).relative_to(root) if root else PurePosixPath(path)
    parts = inside.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _without_module(path: str, module: str) -> str:
    pure = PurePosixPath(path)
    levels = module.count(".") + (2 if pure.name == "__init__.py" else 1)
    return _text(pure.parents[levels - 1])


def _votes(sources: Sources, path: str, around: int = _ENOUGH_FILES) -> Counter[str]:
    """For each folder above, how many absolute imports of the files around lead to one below it."""
    folders = [_text(folder) for folder in PurePosixPath(path).parents]
    nearest = PurePosixPath(path).parent
    others = (other for other in sources.paths if PurePosixPath(other).is_relative_to(nearest))
    known = {folder: _names_below(sources, folder) for folder in folders}
    votes: Counter[str] = Counter()
    for other in [path, *islice(others, around)]:
        for imported in sources.module(other).imports.values():
            name = imported.module.partition(".")[0]
            votes.update(folder for folder in folders if name and name in known[folder])
    return votes


def _names_below(sources: Sources, folder: str) -> set[str]:
    """What can be imported with `folder` on the path: its Python files and packages."""
    prefix = f"{folder}/" if folder else ""
    below = (path.removeprefix(prefix) for path in sources.paths if path.startswith(prefix))
    return {path.partition("/")[0].removesuffix(".py") for path in below}


def _above_packages(sources: Sources, path: str) -> str:
    """The first folder above that is no package, as `fastapi run FILE` takes it."""
    folder = PurePosixPath(path).parent
    while f"{folder}/__init__.py" in sources.paths:
        folder = folder.parent
    return _text(folder)


def _text(folder: PurePosixPath) -> str:
    return "" if str(folder) == "." else str(folder)
