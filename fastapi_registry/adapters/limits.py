"""How much a registry may send, and how long it may take.

Generous for real ones: `core` and `auth` have 160 files and 0.7 MB, their index 40 KB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Limits:
    connect_seconds: float = 5
    read_seconds: float = 10
    """Without one more byte."""
    file_seconds: float = 60
    """For all of one file."""
    index_bytes: int = 16 << 20
    file_bytes: int = 4 << 20
    block_bytes: int = 32 << 20
    block_files: int = 2_000
    archive_bytes: int = 64 << 20
    unpacked_bytes: int = 256 << 20


LIMITS: Final = Limits()
