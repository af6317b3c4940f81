"""`python -m app logs …`."""

import asyncio
from datetime import timedelta

import click

from app.core.commands.age import age
from app.core.commands.project import Project
from app.core.retention import delete_before
from app.modules.logs.db_models import LogRow


@click.group()
def logs() -> None:
    """The stored log records."""


@logs.command()
@click.option(
    "--older-than", callback=age, required=True, help="What is older goes: `30d`, `8w`, `12h`."
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_obj
def purge(project: Project, older_than: timedelta, yes: bool) -> None:
    """Delete old records, a few at a time."""
    if not yes:
        click.confirm(f"Delete all log records older than {older_than}?", abort=True)
    deleted = asyncio.run(_purge(project, older_than))
    click.echo(f"Deleted {deleted} log records")


async def _purge(project: Project, older_than: timedelta) -> int:
    async with project.runtime() as runtime:
        before = runtime.clock() - older_than
        return sum([count async for count in delete_before(runtime, LogRow, before)])
