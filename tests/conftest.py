"""What all tests share: the two real servers, started once for a run, and a browser."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from fastapi_registry.adapters.bundled import EXAMPLE_PROJECT
from tests import services
from tests.browser import BrowserMissing, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_stack = ExitStack()
_ON_ANY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
_LONGEST = (
    "project/test_own_tests.py",
    "project/test_lowest_versions.py",
    "security/test_dump.py",
    "security/test_foreign_layout.py",
    "security/test_fuzz.py",
    "project/test_documents_run.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Only the controller of xdist starts servers: its workers inherit the environment."""
    _hear_control_c()
    settings.register_profile("on any machine", _ON_ANY_MACHINE)
    settings.load_profile("on any machine")
    if not hasattr(config, "workerinput"):
        os.environ |= _stack.enter_context(services.supervised()).environment()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are numbered, not spelled out: an archive made at collection holds the time, and the
    processes of xdist have to agree on the names of the tests."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what begins last keeps one worker busy while the others have ended."""
    items.sort(key=_how_late)


def _how_late(item: pytest.Item) -> tuple[bool, bool]:
    is_quick = item.get_closest_marker("slow") is None
    return is_quick, not item.path.as_posix().endswith(_LONGEST)


def _hear_control_c() -> None:
    """A shell starts jobs in the background deaf to it, and all that they start inherits that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What checking the example project found out: mypy looks again at whatever differs."""
    cache = tmp_path_factory.mktemp("mypy")
    if (found := EXAMPLE_PROJECT / ".mypy_cache").exists():
        shutil.copytree(found, cache, dirs_exist_ok=True)
    return str(cache)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test measured, also when it passed: see `record_property`."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")


def pytest_unconfigure() -> None:
    _stack.close()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A headless Chromium. `.ci/run` sees to it that there is one; elsewhere there may be none."""
    try:
        with chromium() as started:
            yield started
    except BrowserMissing as error:
        pytest.skip(str(error))
