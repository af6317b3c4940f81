"""The tests here see the app as `app/installed.py` puts it together."""

from collections.abc import Sequence

import pytest

from app.core.blocks import Block
from app.core.config import CoreSettings
from app.installed import BLOCKS, Settings


@pytest.fixture
def blocks() -> Sequence[Block]:
    return BLOCKS


@pytest.fixture
def settings_type() -> type[CoreSettings]:
    return Settings
