"""How the project formats its code, and the Python it runs on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from fastapi_registry.engine.detect.evidence import Evidence, line_of
from fastapi_registry.engine.toml_table import table
from fastapi_registry.engine.tree import Tree

_RUNS_ON = re.compile(r"(?m)^(?:FROM\s+\S*python:|cpython[@-]|python[-=@]?)?(?P<version>3\.\d+)")


@dataclass(frozen=True)
class Formatter:
    name: Literal["ruff", "black"]
    evidence: Evidence


@dataclass(frozen=True)
class PythonVersion:
    """`floor` is the oldest Python promised; `runs_on` what a file says is used, or ""."""

    floor: str
    runs_on: str
    evidence: Evidence | None


def formatter(tree: Tree) -> Formatter | None:
    """The tool with which the project formats, by its configuration or its hooks."""
    return next(_formatters(tree), None)


def python_version(tree: Tree) -> PythonVersion:
    floor, evidence = next(_floors(tree), ("", None))
    for path in tree:
        name = PurePosixPath(path).name
        if name in (".python-version", "runtime.txt") or name.startswith("Dockerfile"):
            content = tree.read(path).decode("utf-8", "replace")
            if (match := _RUNS_ON.search(content)) is not None:
                why = f"runs on Python {match['version']}"
                found = Evidence(path, line_of(content, match.start()), why)
                return PythonVersion(floor, match["version"], found)
    return PythonVersion(floor, "", evidence)


def _formatters(tree: Tree) -> Iterator[Formatter]:
    for path in tree:
        name = PurePosixPath(path).name
        if name in ("ruff.toml", ".ruff.toml"):
            yield Formatter("ruff", Evidence(path, 1, f"{name} configures ruff"))
        if name == "pyproject.toml":
            yield from _configured(tree, path)
        if name == ".pre-commit-config.yaml":
            yield from _hooked(path, tree.read(path))


def _configured(tree: Tree, path: str) -> Iterator[Formatter]:
    content = tree.read(path)
    if table(tree, path, "tool", "black"):
        line = line_of(content, max(content.find(b"[tool.black"), 0))
        yield Formatter("black", Evidence(path, line, "[tool.black]"))
    if table(tree, path, "tool", "ruff"):
        line = line_of(content, max(content.find(b"[tool.ruff"), 0))
        yield Formatter("ruff", Evidence(path, line, "[tool.ruff]"))


def _hooked(path: str, content: bytes) -> Iterator[Formatter]:
    if (place := content.find(b"id: ruff-format")) >= 0:
        yield Formatter("ruff", Evidence(path, line_of(content, place), "hook ruff-format"))
    if (place := content.find(b"id: black")) >= 0:
        yield Formatter("black", Evidence(path, line_of(content, place), "hook black"))


def _floors(tree: Tree) -> Iterator[tuple[str, Evidence | None]]:
    for path in tree:
        if PurePosixPath(path).name != "pyproject.toml":
            continue
        asked = table(tree, path, "project").get("requires-python") or table(
            tree, path, "tool", "poetry", "dependencies"
        ).get("python")
        found = re.search(r"3\.\d+", str(asked or ""))
        if found is not None:
            content = tree.read(path)
            line = line_of(content, max(content.find(str(asked).encode()), 0))
            yield found.group(), Evidence(path, line, f"Python {asked}")
