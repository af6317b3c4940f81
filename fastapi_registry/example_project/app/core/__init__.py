"""What every block stands on. Blocks import its modules; the hub imports `block`."""

from app.core.blocks import Block

__all__ = ["block"]

block = Block(name="core")
