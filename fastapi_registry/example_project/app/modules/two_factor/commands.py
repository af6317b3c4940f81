"""Commands of `python -m app …` that two_factor brings."""

import asyncio

import click

from app.core.commands.project import Project
from app.modules.two_factor.composition import TwoFactor


@click.command()
@click.pass_obj
def reseal_two_factor(project: Project) -> None:
    """Seal all secrets with TWO_FACTOR_ENCRYPTION_KEY. Earlier keys can go then."""
    count = asyncio.run(_reseal(project))
    click.echo(f"Sealed {count} secrets anew" if count else "All are sealed with the present key")


async def _reseal(project: Project) -> int:
    """A batch is a transaction of its own: logins go on meanwhile."""
    total = 0
    async with project.runtime() as runtime:
        while True:
            async with runtime.unit_of_work() as work:
                done = await TwoFactor.of(work).totp.reseal_some()
            if not done:
                return total
            total += done
