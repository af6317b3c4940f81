"""The project's own Python files, found by path or by the name they are imported under."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.tree import Tree

_NOT_THEIRS = {"node_modules", "site-packages", "__pypackages__", "venv", "env", "build", "dist"}
_EXAMPLES = {
    *{"test", "tests", "testing", "docs", "docs_src", "doc", "example", "examples", "sample"},
    *{"samples", "demo", "demos", "tutorial", "tutorials", "notebooks", "benchmark", "benchmarks"},
    *{"fixtures", "snippets"},
}
_TOOLS = {"utils", "util", "helpers"}


def is_theirs(path: str) -> bool:
    """Whether a file is the project's own, not one of a tool, an environment or a template."""
    folders = PurePosixPath(path).parts[:-1]
    return not any(
        folder in _NOT_THEIRS or folder.startswith(".") or "{{" in folder for folder in folders
    )


def is_example(path: str) -> bool:
    """Whether a file is about the project rather than of it: a test, a document, a tutorial."""
    pure = PurePosixPath(path)
    return (
        any(folder.lower() in _EXAMPLES for folder in pure.parts[:-1])
        or pure.stem == "conftest"
        or pure.stem.startswith("test_")
        or pure.stem.endswith(("_test", "_tests"))
    )


def is_decoy(path: str) -> bool:
    """Whether a `FastAPI()` here is hardly the app: in examples, and in tools for anything.

    The settings and the tables of a project may well be in its `utils`.
    """
    names = {*PurePosixPath(path).parts[:-1], PurePosixPath(path).stem}
    return is_example(path) or any(name.lower() in _TOOLS for name in names)


class Sources:
    """Reads each file once, and parses it when it is first asked about: there may be thousands."""

    def __init__(self, tree: Tree, *, without: Collection[str] = ()) -> None:
        python = (path for path in tree if path.endswith(".py") and path not in without)
        self.paths = tuple(filter(is_theirs, python))
        self._contents = {path: tree.read(path) for path in self.paths}
        self._modules: dict[str, Module] = {}

    def module(self, path: str) -> Module:
        if path not in self._modules:
            self._modules[path] = Module(path, self._contents[path])
        return self._modules[path]

    def mentioning(self, *words: bytes) -> Iterator[Module]:
        """The files that contain one of the words, anywhere."""
        for path in self.paths:
            if any(word in self._contents[path] for word in words):
                yield self.module(path)

    def find(self, dotted: str, importer: str = "") -> tuple[str, ...]:
        """The files that `dotted` may mean, the nearest to `importer` first.

        Where a relative import leads is certain. An absolute one is looked for below
        every folder, because any may be on the path (`src`, `backend`, `app` itself).
        """
        if dotted.startswith("."):
            return tuple(filter(self.paths.__contains__, _relative(dotted, importer)))
        ends = _files_of(dotted.replace(".", "/"))
        found = (
            path
            for path in self.paths
            if any(path == end or path.endswith("/" + end) for end in ends)
        )
        return tuple(sorted(found, key=lambda path: (nearness(path, importer), path)))


def _files_of(folder: str) -> tuple[str, str]:
    return f"{folder}.py", f"{folder}/__init__.py"


def _relative(dotted: str, importer: str) -> tuple[str, ...]:
    name = dotted.lstrip(".")
    folder = PurePosixPath(importer).parent
    for _ in range(len(dotted) - len(name) - 1):
        folder = folder.parent
    return _files_of(str(folder / name.replace(".", "/"))) if name else (f"{folder}/__init__.py",)


def nearness(path: str, importer: str) -> tuple[int, int]:
    """The smaller, the likelier a file is meant by its name in another one."""
    return -_shared(path, importer), path.count("/")


def _shared(path: str, other: str) -> int:
    """How many folders from the top two paths have in common."""
    mine, theirs = PurePosixPath(path).parts[:-1], PurePosixPath(other).parts[:-1]
    pairs = [mine[depth] == theirs[depth] for depth in range(min(len(mine), len(theirs)))]
    return pairs.index(False) if False in pairs else len(pairs)
