"""Invariants 1 and 2, as far as import contracts cannot say them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import fastapi_registry

PACKAGE = Path(fastapi_registry.__file__).parent
ENGINE = sorted((PACKAGE / "engine").rglob("*.py"))
ABOVE = sorted(file for part in ("adapters", "cli") for file in (PACKAGE / part).rglob("*.py"))
WRITERS = {PACKAGE / "adapters" / f"{name}.py" for name in ("writer", "process_lock", "cache")}
"""The cache writes into the user's own folder for that, never into a project."""
WRITING = {"write_bytes", "write_text", "unlink", "rename", "rmtree", "mkdir", "rmdir", "touch"}


def named(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("file", ENGINE, ids=named)
def test_the_engine_knows_paths_only_as_words(file: Path) -> None:
    """`PurePosixPath` is a word; `Path` is a door to the disk."""
    tree = ast.parse(file.read_text("utf-8"))
    taken = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "pathlib"
        for alias in node.names
    }

    assert taken <= {"PurePosixPath", "PurePath"}
    assert not {"open", "print", "input"} & {name for name, _ in calls(tree)}


@pytest.mark.parametrize("file", sorted({*ENGINE, *ABOVE} - WRITERS), ids=named)
def test_only_the_writer_writes(file: Path) -> None:
    """Everything else hands a plan to `apply`."""
    written = [
        f"{name}, line {line}"
        for name, line in calls(ast.parse(file.read_text("utf-8")))
        if name.rpartition(".")[2] in WRITING and not name.startswith("formatter.")  # click's help
    ]

    assert written == []


def calls(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Everything that is called, as it is written, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno
