"""`check`: whether the app would start and work."""

import asyncio
from collections.abc import Callable

import click
from sqlalchemy.exc import SQLAlchemyError

from app.clients.database import Database
from app.clients.database_url import normalised
from app.clients.redis import Redis, RedisDown
from app.core.commands.database import head_of_the_code, revisions_of
from app.core.commands.project import Project
from app.core.config import InvalidSettings
from app.core.database_schema import SchemaNotUpgraded
from app.core.root import ROOT
from app.core.startup import refuse_insecure


@click.command()
@click.pass_obj
def check(project: Project) -> None:
    """Check the settings, the database, its tables, and Redis. Exit 1 if something is wrong."""
    checks: dict[str, Callable[[Project], None]] = {
        "settings": _settings,
        "database": _database,
        "tables": _tables,
        "redis": _redis,
    }
    failed = False
    for name, look in checks.items():
        try:
            look(project)
        except (InvalidSettings, SchemaNotUpgraded, RedisDown, SQLAlchemyError, OSError) as error:
            failed = True
            click.echo(f"wrong  {name}: {error}", err=True)
            if isinstance(error, InvalidSettings):
                break  # nothing else can be looked at
        else:
            click.echo(f"ok     {name}")
    if failed:
        raise SystemExit(1)


def _settings(project: Project) -> None:
    refuse_insecure(project.settings, project.blocks)


def _database(project: Project) -> None:
    async def ask() -> None:
        database = Database(project.settings.database)
        try:
            await database.answers()
        finally:
            await database.close()

    asyncio.run(ask())


def _tables(project: Project) -> None:
    settings = project.settings.database
    if normalised(settings.url).is_memory:
        return
    if asyncio.run(revisions_of(settings)) != head_of_the_code():
        raise SchemaNotUpgraded(f"not up to date: run `python -m {ROOT} db upgrade`")


def _redis(project: Project) -> None:
    async def ask() -> None:
        redis = Redis(project.settings.redis.url.get_secret_value())
        try:
            await redis.answers()
        finally:
            await redis.close()

    if project.settings.redis.url.get_secret_value():
        asyncio.run(ask())
