"""What all commands have in common: a unit of work, with all powers."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import TypeVar

import click

from app.core.commands.project import Project
from app.core.origin import Origin
from app.core.runtime import Runtime
from app.modules.auth import Auth, EmailAddress, User
from app.modules.users.composition import Users
from app.modules.users.models import ALL_POWERS

T = TypeVar("T")


def run(project: Project, story: Callable[[Users], Awaitable[T]]) -> T:
    """In one unit of work: an error undoes all of it."""

    async def told() -> T:
        async with project.runtime() as runtime, all_powers(runtime) as users:
            return await story(users)

    return asyncio.run(told())


@asynccontextmanager
async def all_powers(runtime: Runtime) -> AsyncIterator[Users]:
    """Whoever sits here could write to the database anyway."""
    async with runtime.unit_of_work(_terminal) as work:
        yield Users(Auth(work), ALL_POWERS)


def _terminal() -> Origin:
    return Origin(user_agent="terminal")


async def by_email(users: Users, email: EmailAddress) -> User:
    user = await users.auth.users.by_email_key(email.key)
    if user is None:
        raise click.ClickException(f"There is no account with `{email.address}`")
    return user


def address(_: click.Context, __: click.Parameter, value: str | None) -> EmailAddress | None:
    """Makes an `EmailAddress` of an option or argument."""
    if value is None:
        return None
    try:
        return EmailAddress.parse(value)
    except ValueError as error:
        raise click.BadParameter(f"`{value}` is not an e-mail address") from error


def with_progress(
    items: Iterable[T], *, total: int, label: str
) -> AbstractContextManager[Iterable[T]]:
    """A bar on a terminal, and nothing in a file or a pipe."""
    if not sys.stderr.isatty():
        return nullcontext(items)
    return click.progressbar(items, length=total, label=label, file=sys.stderr)


email_argument = click.argument("email", callback=address)
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
