"""Fixtures for the tests that came with the blocks. A block's own `conftest.py` overrides them."""

from app.core.testing import *  # noqa: F403
