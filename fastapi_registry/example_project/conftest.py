"""Fixtures for all tests: `client`, `session`, `work`, `clock`, `outbox`, …

Those that a module brings stand in its `testing.py`: auth has `login_as`.
"""

from pathlib import Path

from app.core.testing import *  # noqa: F403

pytest_plugins = [
    f"app.modules.{file.parent.name}.testing"
    for file in sorted(Path(__file__).parent.glob("app/modules/*/testing.py"))
]
