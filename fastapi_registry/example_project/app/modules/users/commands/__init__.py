"""`python -m app users …`: people, from a terminal of the server.

One module for each story: single accounts, looking around, and files.
"""

import click

from app.modules.users.commands.accounts import (
    activate,
    create,
    deactivate,
    delete,
    reset_password,
    set_role,
)
from app.modules.users.commands.files import export, import_file
from app.modules.users.commands.legacy import import_legacy
from app.modules.users.commands.looking import find, list_users, stats

__all__ = ["users"]


@click.group()
def users() -> None:
    """Create, find and manage accounts."""


for command in (
    activate,
    create,
    deactivate,
    delete,
    export,
    find,
    import_file,
    import_legacy,
    list_users,
    reset_password,
    set_role,
    stats,
):
    users.add_command(command)
