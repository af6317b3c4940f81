"""A project on the disk, and two looks at it: what it holds, and whether it is the very same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

PROJECT: Mapping[str, tuple[bytes, int]] = {
    "app/main.py": (b"app = 1\n", 0o644),
    "app/old/gone.py": (b"bye\n", 0o644),
    "pyproject.toml": (b"[project]\n", 0o600),
    "run.sh": (b"#!/bin/sh\n", 0o755),
    "logo.png": (b"\x89PNG\r\n\xff\x00", 0o644),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    make_project(root)
    return root


def make_project(root: Path) -> None:
    for name, (content, mode) in PROJECT.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)


def look(root: Path) -> dict[str, tuple[bytes, int] | None]:
    """Everything that is there, with its mode; folders too, so that none is left behind empty."""
    return {
        path.relative_to(root).as_posix(): (
            (path.read_bytes(), path.stat().st_mode & 0o777) if path.is_file() else None
        )
        for path in root.rglob("*")
    }
