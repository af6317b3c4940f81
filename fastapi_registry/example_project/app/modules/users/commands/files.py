"""Commands about many accounts: from and to CSV."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

import click

from app.core.commands.project import Project
from app.modules.auth import EmailTaken
from app.modules.users import csv_files
from app.modules.users.commands.running import run, with_progress
from app.modules.users.composition import Users
from app.modules.users.csv_files import Newcomer, UnusableFile
from app.modules.users.exceptions import UnknownRole
from app.modules.users.models import Criteria, Sort

_AT_ONCE = 500


@click.command("import")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@click.option("--invite", is_flag=True, help="Mail each newcomer a link to choose a password.")
@click.pass_obj
def import_file(project: Project, file: TextIO, invite: bool) -> None:
    """Create accounts from a CSV file: all of them, or none.

    Its first line names the columns: `email`, and `name`, `roles` and `active` if you like. Without
    --invite newcomers get in by "forgot password".
    """
    try:
        newcomers = csv_files.read(file)
        run(project, lambda users: _take_in(users, newcomers, invite=invite))
    except UnusableFile as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        raise click.ClickException("Nothing was imported: see above") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"`{file.name}` is not UTF-8: nothing was imported") from error
    except csv.Error as error:
        raise click.ClickException(f"`{file.name}` is no CSV: {error}") from error
    click.echo(f"Imported {len(newcomers)} accounts")


@click.command()
@click.argument("file", type=click.File("w", encoding="utf-8", atomic=True), default="-")
@click.pass_obj
def export(project: Project, file: TextIO) -> None:
    """Write all accounts as CSV, to FILE or to the terminal. No password is in it."""
    count = run(project, lambda users: _write_out(users, file))
    click.echo(f"Exported {count} accounts", err=True)


async def _take_in(users: Users, newcomers: Sequence[Newcomer], *, invite: bool) -> None:
    """Raises `UnusableFile`, which undoes all."""
    problems: list[str] = []
    with with_progress(newcomers, total=len(newcomers), label="Importing") as shown:
        for newcomer in shown:
            try:
                await _take_in_one(users, newcomer, invite=invite)
            except EmailTaken:
                taken = newcomer.email.address
                problems.append(f"line {newcomer.line}: `{taken}` has an account already")
            except UnknownRole as error:
                problems.append(f"line {newcomer.line}: {error.errors[0]['message']}")
    if problems:
        raise UnusableFile(problems)


async def _take_in_one(users: Users, newcomer: Newcomer, *, invite: bool) -> None:
    make = users.invitations.invite if invite else users.invitations.create
    user = await make(newcomer.email, newcomer.name, newcomer.roles)
    if not newcomer.is_active:
        await users.auth.users.save(replace(user, is_active=False), instead_of=user)


async def _write_out(users: Users, file: TextIO) -> int:
    everybody = Criteria(include_inactive=True, sort=Sort.OLDEST)
    _, total = await users.people.page(everybody, skip=0, limit=1)
    lines = csv.writer(file)
    lines.writerow(csv_files.COLUMNS)
    parts = range(0, total, _AT_ONCE)
    with with_progress(parts, total=len(parts), label="Exporting") as shown:
        for skip in shown:
            found, _ = await users.people.page(everybody, skip=skip, limit=_AT_ONCE)
            lines.writerows(csv_files.write(found))
    return total
