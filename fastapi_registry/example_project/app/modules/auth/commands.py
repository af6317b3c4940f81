"""Commands of `python -m app …` that auth brings."""

import asyncio
import secrets

import click

from app.core.commands.project import Project
from app.modules.auth.addresses import EmailAddress
from app.modules.auth.exceptions import EmailTaken, WeakPassword
from app.modules.auth.models import User
from app.modules.auth.seeding import add_user


def _address(_: click.Context, __: click.Parameter, value: str) -> EmailAddress:
    try:
        return EmailAddress.parse(value)
    except ValueError as error:
        raise click.BadParameter(f"`{value}` is not an e-mail address") from error


@click.command()
@click.option("--email", "-e", callback=_address, required=True, help="Who signs in.")
@click.option("--password", help="Without it, one is made and printed once.")
@click.option("--name", "-n", default="Developer", show_default=True)
@click.option("--admin", "-a", is_flag=True, help="May do everything.")
@click.pass_obj
def create_dev_user(
    project: Project, email: EmailAddress, password: str | None, name: str, admin: bool
) -> None:
    """Create a user for development. The address counts as verified."""
    if project.settings.is_production():
        raise click.ClickException(
            "ENVIRONMENT is `production`: accounts are made by their owners there"
        )
    chosen = password or secrets.token_urlsafe(18)
    try:
        user = asyncio.run(_create(project, email, chosen, name, admin=admin))
    except EmailTaken as error:
        raise click.ClickException(f"`{email.address}` has an account already") from error
    except WeakPassword as error:
        raise click.ClickException(f"--password: {error}") from error
    click.echo(f"Created {'the admin' if admin else 'the user'} {user.email}")
    if password is None:
        click.echo(f"Password: {chosen}")


async def _create(
    project: Project, email: EmailAddress, password: str, name: str, *, admin: bool
) -> User:
    async with project.runtime() as runtime, runtime.unit_of_work() as work:
        return await add_user(work, email, password, name, is_admin=admin)
