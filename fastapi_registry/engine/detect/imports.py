"""From which folder the project imports itself: the repository, `src`, `backend`, `app` …"""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

from fastapi_registry.engine.detect.sources import Sources

_ENOUGH_FILES = 40


def import_root(sources: Sources, path: str, module: str = "") -> str:
    """The folder that must be on the path so that the file can be imported as the project does.

    A command that names the `module` says it. Otherwise the imports of the files around
    vote, and where they are silent, packages end where `__init__.py` does.
    """
    if module:
        return _without_module(path, module)
    elected = elected_root(sources, path)
    return _above_packages(sources, path) if elected is None else elected


def elected_root(sources: Sources, path: str) -> str | None:
    """What the imports of the files around vote for; `None` where they are silent."""
    folders = [_text(folder) for folder in PurePosixPath(path).parents]
    votes = _votes(sources, path, folders)
    best = max(votes.values(), default=0)
    return next((folder for folder in folders if best and votes[folder] == best), None)


def dotted_name(path: str, root: str) -> str:
    """How a file is imported from `root`."""
    inside = PurePosixPath(path).relative_to(root) if root else PurePosixPath(path)
    parts = inside.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _without_module(path: str, module: str) -> str:
    pure = PurePosixPath(path)
    levels = module.count(".") + (2 if pure.name == "__init__.py" else 1)
    return _text(pure.parents[levels - 1])


def _votes(sources: Sources, path: str, folders: list[str]) -> Counter[str]:
    """For each folder, how many absolute imports of the files around lead to a file below it."""
    nearest = PurePosixPath(path).parent
    around = [other for other in sources.paths if PurePosixPath(other).is_relative_to(nearest)]
    known = {folder: _names_below(sources, folder) for folder in folders}
    votes: Counter[str] = Counter()
    for other in [path, *around[:_ENOUGH_FILES]]:
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
