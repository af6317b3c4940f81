"""Log records and errors in the database, to be searched over HTTP.

- Log as ever, with `structlog` or `logging`: what reaches the root logger is stored.
- `@log_errors` logs what goes wrong in a function, with its traceback.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.core.blocks import Block, Permission
from app.modules.logs.lifespan import lifespan
from app.modules.logs.log_errors import log_errors
from app.modules.logs.router import PURGE, READ, WRITE, router
from app.modules.logs.settings import LogsSettings

if TYPE_CHECKING:
    import click

__all__ = ["LogsSettings", "block", "log_errors"]


def _commands() -> "Sequence[click.Command]":
    from app.modules.logs.commands import logs

    return [logs]


block = Block(
    name="logs",
    router=router,
    permissions=[
        Permission(READ, "Read the log"),
        Permission(WRITE, "Add to the log"),
        Permission(PURGE, "Delete old log records"),
    ],
    lifespan=lifespan,
    commands=_commands,
)
