"""The tables that removed blocks have left.

`fastapi-blocks remove` keeps the revisions that a database has run, and with them the tables.
No model describes those any more: without this, Alembic would drop them in your next revision,
whatever that is about.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.script import ScriptDirectory

from app.core.blocks import Block
from app.core.tables import Base, table

DROP_LEFT: Final = "drop_left"
"""The attribute of the configuration by which `db migrate --drop-left` asks for it."""

_NAMED = re.compile(r"""(?<![\w.])table\(\s*["'](\w+)["']\s*\)""")


def left_tables(config: Config, installed: Iterable[Block]) -> frozenset[str]:
    """What the revisions of other blocks than the installed ones name, and no model has.

    The revision of a block says `table("…")`; one that Alembic wrote for you has the plain
    name, so that a table of your own goes with its model.
    """
    ours = re.compile(f"(?:{'|'.join(block.name for block in installed)})_[0-9]")
    paths = (Path(each.path) for each in ScriptDirectory.from_config(config).walk_revisions())
    sources = (path.read_text(encoding="utf-8") for path in paths if not ours.match(path.name))
    named = {table(name) for source in sources for name in _NAMED.findall(source)}
    return frozenset(named - Base.metadata.tables.keys())


def tables_to_drop(config: Config, installed: Iterable[Block]) -> frozenset[str]:
    """All that is left if `db migrate --drop-left` runs, otherwise nothing."""
    return left_tables(config, installed) if config.attributes.get(DROP_LEFT) else frozenset()


def leaving_alone(
    config: Config, installed: Iterable[Block]
) -> Callable[[str | None, str, object], bool]:
    """Alembic's `include_name`: it does not look at what is left, unless that is to be dropped."""

    @cache
    def left() -> frozenset[str]:
        return left_tables(config, installed) - tables_to_drop(config, installed)

    return lambda name, kind, _: kind != "table" or name not in left()
