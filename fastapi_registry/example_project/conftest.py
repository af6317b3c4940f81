"""Fixtures for all tests: `client`, `runtime`, `work`, `clock`, `outbox`, …"""

from app.core.testing import *  # noqa: F403
