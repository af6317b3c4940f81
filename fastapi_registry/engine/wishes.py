"""What the user may decide, instead of the evidence, when blocks join a project."""

from __future__ import annotations

import re
from dataclasses import dataclass
from keyword import iskeyword

from fastapi_registry.engine.errors import UsageError


@dataclass(frozen=True)
class Wishes:
    app: str | None = None
    """`MODULE:ATTR`, from `--app`."""
    root: str | None = None
    """The package for the blocks, from `--root`."""
    table_prefix: str = ""
    migrations: bool = True

    def checked(self) -> Wishes:
        """Raises `UsageError` for what can be no package or no beginning of a table's name."""
        parts = self.root.split(".") if self.root is not None else []
        if not all(part.isidentifier() and not iskeyword(part) for part in parts):
            raise UsageError(f"`{self.root}` is no package", hint="write it as `shop.blocks`")
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,20}|", self.table_prefix):
            hint = "use small letters, digits and `_`: `blocks_`"
            raise UsageError(f"`{self.table_prefix}` cannot begin a table's name", hint=hint)
        return self
