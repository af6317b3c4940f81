"""`check`: whether the app would start and work."""

import asyncio
from collections.abc import Callable

import click
from sqlalchemy.exc import SQLAlchemyError

from app.clients.database import Database
from app.clients.database_url import normalised
from app.clients.redis import Redis, RedisDown
from app.core.commands.database import refuse_behind
from app.core.commands.project import Project
from app.core.config import InvalidSettings
from app.core.database_schema import SchemaNotUpgraded, cause_of
from app.core.startup import refuse_insecure


class NothingToLookAt(Exception):
    """Says why."""


@click.command()
@click.pass_obj
def check(project: Project) -> None:
    """Check the settings, the database, its tables, and Redis. Exit 1 if something is wrong."""
    checks = {"settings": _settings, "database": _database, "tables": _tables, "redis": _redis}
    outcomes = [_is_well(project, name, look) for name, look in checks.items()]
    if not all(outcomes):
        raise SystemExit(1)


def _is_well(project: Project, name: str, look: Callable[[Project], None]) -> bool:
    _ = project.settings  # raises `InvalidSettings`: there is nothing to look at then
    try:
        look(project)
    except NothingToLookAt as reason:
        click.echo(f"-      {name}: {reason}")
    except (InvalidSettings, SchemaNotUpgraded, RedisDown, SQLAlchemyError, OSError) as error:
        click.echo(f"wrong  {name}: {cause_of(error)}", err=True)
        return False
    else:
        click.echo(f"ok     {name}")
    return True


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
        raise NothingToLookAt("made when the app starts, in memory")
    asyncio.run(refuse_behind(settings))


def _redis(project: Project) -> None:
    if not project.settings.redis.url.get_secret_value():
        raise NothingToLookAt("REDIS_URL is not set")

    async def ask() -> None:
        redis = Redis(project.settings.redis.url.get_secret_value())
        try:
            await redis.answers()
        finally:
            await redis.close()

    asyncio.run(ask())
