"""Files that stand beside the blocks only where they join a project of somebody else's.

Its own tests pass over those of the blocks. Where it has no Alembic, the blocks bring a
history for themselves alone: it knows their tables and no others, so that `alembic check`
and `--autogenerate` here never take the project's tables for ones that ought to be dropped.
"""

from __future__ import annotations

from typing import Final

from fastapi_registry.engine.layout import Layout

_CONFTEST: Final = '''\
"""`pytest {root_path}` runs the tests of the blocks; your own `pytest` passes them over."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    if config.rootpath == HERE:
        config.pluginmanager.import_plugin("{package}.core.testing")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """They have fixtures and settings of their own, and need packages that you may not have."""
    return None if config.rootpath == HERE else True
'''

_INI: Final = """\
# The history of the blocks' tables: `python -m {package} db upgrade`.
[alembic]
script_location = %(here)s/migrations
prepend_sys_path = %(here)s{up}
path_separator = os
"""

_ENV: Final = '''\
"""How Alembic reaches the tables of the blocks. Those of your own are none of its business."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from {package}.clients.database import Database
from {package}.core.database_schema import schema_connection
from {package}.core.left_tables import tables_to_drop
from {package}.core.tables import Base, render_item
from {package}.installed import BLOCKS, load_settings

OURS = {{*Base.metadata.tables, *tables_to_drop(context.config, BLOCKS)}}


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "table" or name in OURS


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=is_ours,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate() -> None:
    database = Database(load_settings().database)
    try:
        async with schema_connection(database) as connection:
            await connection.run_sync(migrate)
    finally:
        await database.close()


if (connection := context.config.attributes.get("connection")) is not None:
    migrate(connection)
else:
    asyncio.run(connect_and_migrate())
'''

_TEMPLATE: Final = '''\
"""${message}"""

import sqlalchemy as sa
from alembic import op
% if imports:
${imports}
% endif

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''


def joined_files(layout: Layout) -> dict[str, bytes]:
    """Relative to the root package."""
    conftest = _CONFTEST.format(package=layout.root_package, root_path=layout.root_path)
    history = _own_history(layout) if layout.keeps_own_history else {}
    return {"conftest.py": conftest.encode(), **history}


def _own_history(layout: Layout) -> dict[str, bytes]:
    """The revisions come with the blocks."""
    package, up = layout.root_package, "/.." * (layout.root_package.count(".") + 1)
    return {
        "alembic.ini": _INI.format(package=package, up=up).encode(),
        "migrations/env.py": _ENV.format(package=package).encode(),
        "migrations/script.py.mako": _TEMPLATE.encode(),
    }
