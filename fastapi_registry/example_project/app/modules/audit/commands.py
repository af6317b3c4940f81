"""`python -m app audit …`."""

import asyncio
from datetime import timedelta

import click

from app.core.commands.age import age
from app.core.commands.project import Project
from app.core.retention import delete_before
from app.modules.audit.db_models import AuditEventRow
from app.modules.audit.events import TrailPurged


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command()
@click.option(
    "--older-than", callback=age, required=True, help="What is older goes: `365d`, `8w`, `12h`."
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_obj
def purge(project: Project, older_than: timedelta, yes: bool) -> None:
    """Delete old events, a few at a time. That it was done is an event itself."""
    if not yes:
        click.confirm(f"Delete all events older than {older_than}?", abort=True)
    deleted = asyncio.run(_purge(project, older_than))
    click.echo(f"Deleted {deleted} events")


async def _purge(project: Project, older_than: timedelta) -> int:
    async with project.runtime() as runtime:
        before = runtime.clock() - older_than
        deleted = sum([count async for count in delete_before(runtime, AuditEventRow, before)])
        async with runtime.unit_of_work() as work:
            await work.publish(TrailPurged(before=before, deleted=deleted))
        return deleted
