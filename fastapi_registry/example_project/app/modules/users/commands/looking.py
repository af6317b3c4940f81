"""Commands that only look."""

from collections.abc import Sequence

import click

from app.core.commands.project import Project
from app.modules.users.commands.running import run
from app.modules.users.composition import Users
from app.modules.users.models import Criteria, ListedUser, Sort

limit_option = click.option(
    "--limit", "-l", type=click.IntRange(min=1), default=50, show_default=True, help="At most."
)


@click.command("list")
@click.option("--admins", is_flag=True, help="Only admins.")
@click.option("--users", is_flag=True, help="Only who is no admin.")
@click.option("--active", is_flag=True, help="Only who may sign in.")
@click.option("--inactive", is_flag=True, help="Only who may not.")
@limit_option
@click.pass_obj
def list_users(
    project: Project, admins: bool, users: bool, active: bool, inactive: bool, limit: int
) -> None:
    """List accounts, by address."""
    wanted = Criteria(
        is_admin=_either(admins, users),
        is_active=_either(active, inactive),
        include_inactive=True,
        sort=Sort.EMAIL,
    )
    _show(project, wanted, limit)


@click.command()
@click.argument("text")
@limit_option
@click.pass_obj
def find(project: Project, text: str, limit: int) -> None:
    """List accounts with TEXT in address or name, in any case."""
    _show(project, Criteria(search=text, include_inactive=True, sort=Sort.EMAIL), limit)


@click.command()
@click.pass_obj
def stats(project: Project) -> None:
    """Count accounts."""

    async def story(users: Users) -> list[tuple[str, int]]:
        counted = await users.people.headcount()
        return [
            ("Accounts", counted.total),
            ("may sign in", counted.active),
            ("admins", counted.admins),
            ("address not proved", counted.unverified),
            ("never signed in", counted.never_signed_in),
            ("to be deleted", counted.deletion_scheduled),
        ]

    for label, number in run(project, story):
        click.echo(f"{label:<20}{number:>8}")


def _show(project: Project, wanted: Criteria, limit: int) -> None:
    async def story(users: Users) -> tuple[Sequence[ListedUser], int]:
        return await users.people.page(wanted, skip=0, limit=limit)

    found, total = run(project, story)
    for line in table([("E-MAIL", "NAME", "ROLES", "STATE", "LAST LOGIN"), *map(_line, found)]):
        click.echo(line)
    if total > len(found):
        click.echo(f"{total - len(found)} more: --limit {total}", err=True)


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns as wide as what is in them."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _line(user: ListedUser) -> tuple[str, ...]:
    last_login = f"{user.last_login_at:%Y-%m-%d}" if user.last_login_at else "never"
    return user.email, user.name, " ".join(sorted(user.roles)), _state(user), last_login


def _state(user: ListedUser) -> str:
    if user.deletion_due_at is not None:
        return f"closed until {user.deletion_due_at:%Y-%m-%d}"
    if not user.is_active:
        return "inactive"
    return "active" if user.email_verified else "unverified"


def _either(one: bool, other: bool) -> bool | None:
    """Both, like neither, means all."""
    return None if one == other else one
