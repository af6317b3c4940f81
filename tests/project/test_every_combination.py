"""Whatever blocks are chosen, the app starts, serves all its operations and passes its tests.

A set without what its blocks require installs as the set with it, so those sets are all there are.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from fastapi_registry.adapters.chance import fresh_secret
from fastapi_registry.adapters.disk import apply
from fastapi_registry.engine.manifest import CORE
from tests.blocks.bundled import block
from tests.blocks.installing import ADDED, plan_new

pytestmark = pytest.mark.slow

OF_THE_WHOLE_APP = ("tests/test_app.py", "tests/test_architecture.py")
ENOUGH_SECONDS = 120

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["alembic", "fastapi", "pytest", "sqlalchemy.ext.asyncio"])


def sets_of_blocks() -> Iterator[tuple[str, ...]]:
    for size in range(len(ADDED) + 1):
        yield from filter(brings_what_it_requires, combinations(ADDED, size))


def brings_what_it_requires(names: tuple[str, ...]) -> bool:
    return all(need.name in (CORE, *names) for n in names for need in block(n).manifest.requires)


@pytest.mark.parametrize("names", list(sets_of_blocks()), ids=lambda names: "+".join(names) or CORE)
def test_serves_all_its_operations_and_passes_its_tests(
    names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    apply(plan_new(*names, fresh_secret=fresh_secret), tmp_path)

    tests = _processes.Process(target=pass_its_tests, args=(tmp_path,))
    tests.start()
    tests.join(ENOUGH_SECONDS)

    assert tests.exitcode == 0, (tmp_path / "said").read_text()


def pass_its_tests(project: Path) -> None:
    """In a process that has imported what all projects import, and no project."""
    for ours in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[ours]  # the project has a package of that name
    os.chdir(project)
    os.environ |= {"TEST_STORAGES": "memory", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with Path("said").open("w") as said, contextlib.redirect_stdout(said):
        sys.exit(pytest.main(["-q", "-p", "anyio", *OF_THE_WHOLE_APP]))
