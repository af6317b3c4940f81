"""What all tests share: the two real servers, started once for a run."""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest

from tests import services

_stack = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Only the controller of xdist starts servers: its workers inherit the environment."""
    if not hasattr(config, "workerinput"):
        os.environ |= _stack.enter_context(services.supervised()).environment()


def pytest_unconfigure() -> None:
    _stack.close()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
