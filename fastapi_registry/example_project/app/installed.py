"""What this app is made of. `fastapi-blocks` edits BLOCKS and Settings."""

from app import core
from app.core.blocks import Block
from app.core.config import CoreSettings

BLOCKS: tuple[Block, ...] = (core.block,)


class Settings(CoreSettings):
    """One section for each block that has settings."""
