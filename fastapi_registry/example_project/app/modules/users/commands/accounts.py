"""Commands about one account."""

import click

from app.core.commands.project import Project
from app.modules.auth import EmailAddress, User
from app.modules.users.commands.running import address, by_email, email_argument, run, yes_option
from app.modules.users.composition import Users
from app.modules.users.models import ADMIN


@click.command()
@click.option("--email", "-e", callback=address, help="Who signs in.")
@click.option("--name", "-n", help="Unless given: what stands before the @.")
@click.option("--password", help="Without one an invitation is mailed to the owner.")
@click.option("--admin", "-a", is_flag=True, help="May do everything.")
@click.option("--no-input", is_flag=True, help="Ask nothing.")
@click.pass_obj
def create(
    project: Project,
    email: EmailAddress | None,
    name: str | None,
    password: str | None,
    admin: bool,
    no_input: bool,
) -> None:
    """Create an account."""
    if email is None:
        email = _asked_address(no_input)
    if password is None and not no_input:
        password = _asked_password("Password (leave it empty to mail an invitation)")
    wanted, chosen = email, password or None

    async def story(users: Users) -> User:
        called = name or wanted.address.partition("@")[0]
        roles = {ADMIN} if admin else ()
        if chosen is None:
            return await users.invitations.invite(wanted, called, roles)
        user = await users.invitations.create(wanted, called, roles)
        return await users.auth.passwords.set(user, chosen)

    user = run(project, story)
    click.echo(f"Created {'the admin' if admin else 'the user'} {user.email}")
    if chosen is None:
        click.echo("An invitation was mailed", err=True)


@click.command()
@email_argument
@click.option("--hard", is_flag=True, help="At once, instead of after a time of grace.")
@yes_option
@click.pass_obj
def delete(project: Project, email: EmailAddress, hard: bool, yes: bool) -> None:
    """Close an account; it is deleted after a time of grace."""
    if not yes:
        when = "now, with all that belongs to it" if hard else "after a time of grace"
        click.confirm(f"Delete `{email.address}` {when}?", abort=True)

    async def story(users: Users) -> str:
        user = await by_email(users, email)
        if hard:
            await users.accounts.erase(user.id)
            return f"Deleted {user.email}"
        due = await users.accounts.close(user.id)
        return f"Closed {user.email}, to be deleted on {due:%Y-%m-%d}"

    click.echo(run(project, story))


@click.command()
@email_argument
@click.pass_obj
def activate(project: Project, email: EmailAddress) -> None:
    """Let somebody sign in again."""

    async def story(users: Users) -> User:
        return await users.accounts.activate((await by_email(users, email)).id)

    click.echo(f"Activated {run(project, story).email}")


@click.command()
@email_argument
@yes_option
@click.pass_obj
def deactivate(project: Project, email: EmailAddress, yes: bool) -> None:
    """Sign somebody out everywhere, and let them in no more."""
    if not yes:
        click.confirm(f"Deactivate `{email.address}`?", abort=True)

    async def story(users: Users) -> User:
        return await users.accounts.deactivate((await by_email(users, email)).id)

    click.echo(f"Deactivated {run(project, story).email}")


@click.command()
@email_argument
@click.argument("role", nargs=-1, required=True)
@click.pass_obj
def set_role(project: Project, email: EmailAddress, role: tuple[str, ...]) -> None:
    """Give somebody these roles, and no others. `user` alone takes all."""

    async def story(users: Users) -> str:
        user = await by_email(users, email)
        await users.roles.assign(user, role)
        profile = await users.people.profile(user.id)
        return f"{user.email}: {', '.join(sorted(profile.roles))}"

    click.echo(run(project, story))


@click.command()
@email_argument
@click.option("--password", help="Without one a link is mailed to the owner.")
@click.option("--no-input", is_flag=True, help="Ask nothing.")
@click.pass_obj
def reset_password(
    project: Project, email: EmailAddress, password: str | None, no_input: bool
) -> None:
    """Mail a link to a new password, or set one."""
    if password is None and not no_input:
        password = _asked_password("New password (leave it empty to mail a link)")
    chosen = password or None

    async def story(users: Users) -> str:
        user = await by_email(users, email)
        if chosen is None:
            await users.accounts.send_password_reset(user.id)
            return f"A link was mailed to {user.email}"
        await users.auth.passwords.set(user, chosen)
        return f"The password of {user.email} is changed"

    click.echo(run(project, story))


def _asked_address(no_input: bool) -> EmailAddress:
    if no_input:
        raise click.UsageError("--email is missing")
    text = click.prompt("E-mail")
    try:
        return EmailAddress.parse(text)
    except ValueError as error:
        raise click.ClickException(f"`{text}` is not an e-mail address") from error


def _asked_password(question: str) -> str:
    text: str = click.prompt(
        question, default="", hide_input=True, confirmation_prompt=True, show_default=False
    )
    return text
