"""TOML files of the project, read for facts. A broken one says nothing rather than stopping us."""

from __future__ import annotations

import tomllib
from typing import Any

from fastapi_registry.engine.tree import Tree


def table(tree: Tree, path: str, *keys: str) -> dict[str, Any]:
    """The table at `keys`; empty where file or table are missing, broken or something else."""
    try:
        found: Any = tomllib.loads((tree.get(path) or b"").decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
