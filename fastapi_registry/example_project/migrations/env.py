"""How Alembic reaches the database and what the tables should be."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from app.clients.database import Database
from app.core.database_schema import schema_connection
from app.core.left_tables import leaving_alone
from app.core.tables import Base, render_item
from app.installed import BLOCKS, Settings  # imports every block, and with it every table

target_metadata = Base.metadata


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        include_name=leaving_alone(context.config, BLOCKS),
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate() -> None:
    database = Database(Settings().database)
    try:
        async with schema_connection(database) as connection:
            await connection.run_sync(migrate)
    finally:
        await database.close()


def print_sql() -> None:
    """`alembic upgrade head --sql`: for those who let somebody else run it."""
    url = Database(Settings().database).address.url
    context.configure(url=url, target_metadata=target_metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    print_sql()
elif (connection := context.config.attributes.get("connection")) is not None:
    migrate(connection)  # the app upgrades its own database at start
else:
    asyncio.run(connect_and_migrate())
