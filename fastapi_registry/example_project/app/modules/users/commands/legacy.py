"""`users import-legacy`: people from the table of the first registry."""

import asyncio
from collections.abc import Sequence

import click
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from app.core.commands.project import Project
from app.core.config import DatabaseSettings
from app.core.tables import table
from app.modules.auth import EmailTaken
from app.modules.users.commands.running import run, with_progress
from app.modules.users.composition import Users
from app.modules.users.legacy import Carried, NotAUsersTable, Row, user_of
from app.modules.users.legacy_table import rows_of


@click.command()
@click.option("--from", "url", help="Where the old table is. Unless given: in DATABASE_URL.")
@click.option("--table", "name", default="users_old", show_default=True, help="Its name there.")
@click.pass_obj
def import_legacy(project: Project, url: str | None, name: str) -> None:
    """Carry accounts over from the first registry (0.2).

    Their passwords come along. Doing it again brings only whoever is not there yet. The old table
    is read, and nothing more.
    """
    if url is None and name == table("users"):
        raise click.UsageError(f"--table: `{name}` is the new table; rename the old one before")
    source = DatabaseSettings(url=url) if url else project.settings.database
    try:
        rows = asyncio.run(rows_of(source, name))
    except NoSuchTableError as error:
        raise click.ClickException(f"There is no table `{name}` there") from error
    except (NotAUsersTable, SQLAlchemyError, OSError) as error:
        raise click.ClickException(f"`{name}`: {error}") from error
    _report(run(project, lambda users: _carry(users, rows)))


async def _carry(users: Users, rows: Sequence[Row]) -> Carried:
    carried = present = without_password = 0
    refused: list[str] = []
    with with_progress(rows, total=len(rows), label="Carrying over") as shown:
        for row in shown:
            try:
                user = user_of(row, now=users.auth.work.now())
            except ValueError:
                refused.append(f"`{row.get('email')}` is not an e-mail address")
                continue
            try:
                await users.auth.users.add(user)
            except EmailTaken:
                present += 1
                continue
            carried += 1
            without_password += user.password_hash is None
    return Carried(carried, present, without_password, tuple(refused))


def _report(outcome: Carried) -> None:
    click.echo(f"Carried over {outcome.carried} accounts")
    if outcome.present:
        click.echo(f"{outcome.present} were there already", err=True)
    if outcome.without_password:
        click.echo(f"{outcome.without_password} must choose a new password by mail", err=True)
    for problem in outcome.refused:
        click.echo(f"Left out: {problem}", err=True)
