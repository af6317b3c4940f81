"""What the user may decide, instead of the evidence, when blocks join a project."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wishes:
    app: str | None = None
    """`MODULE:ATTR`, from `--app`."""
    root: str | None = None
    """The package for the blocks, from `--root`."""
    table_prefix: str = ""
    migrations: bool = True
