"""What the user may decide, instead of the evidence, when blocks join a project.

    [tool.fastapi-blocks]
    root = "shop.kit"
    entrypoint = "shop.web:app"

A flag of the command comes before what stands there.
"""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import NamedTuple

from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.toml_table import table
from fastapi_registry.engine.tree import Tree


class Wishes(NamedTuple):
    app: str | None = None
    """`MODULE:ATTR`, from `--app`."""
    root: str | None = None
    """The package for the blocks, from `--root`."""
    alembic: str | None = None
    """The Alembic environment that revisions join, from `--alembic`."""
    table_prefix: str | None = None
    """The first word of every table, from `--table-prefix`."""
    migrations: bool = True

    @property
    def decides(self) -> bool:
        """Whether a flag says where things go."""
        return any(
            each is not None for each in (self.app, self.root, self.alembic, self.table_prefix)
        )

    def completed_by(self, project: Tree) -> Wishes:
        """With the root that its pyproject.toml names; detection reads the entrypoint there."""
        named = table(project, "pyproject.toml", "tool", "fastapi-blocks").get("root")
        return self._replace(root=named) if self.root is None and named is not None else self

    def checked(self) -> Wishes:
        """Raises `UsageError` for what can be no package or no beginning of a table's name."""
        parts = str(self.root).split(".") if self.root is not None else []
        if not all(part.isidentifier() and not iskeyword(part) for part in parts):
            raise UsageError(f"`{self.root}` is no package", hint="write it as `shop.blocks`")
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,20}|", self.table_prefix or ""):
            hint = "use small letters, digits and `_`: `blocks_`"
            raise UsageError(f"`{self.table_prefix}` cannot begin a table's name", hint=hint)
        return self
