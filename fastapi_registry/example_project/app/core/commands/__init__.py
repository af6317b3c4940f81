"""`python -m app …`: what the app and its blocks can do from a terminal."""

from collections.abc import Callable, Sequence

import click

from app.core.blocks import Block
from app.core.commands.check import check
from app.core.commands.database import database
from app.core.commands.project import Project
from app.core.commands.routes import routes
from app.core.commands.serve import serve
from app.core.commands.settings import settings
from app.core.commands.shell import shell
from app.core.config import CoreSettings, InvalidSettings
from app.core.database_schema import SchemaNotUpgraded
from app.core.errors import BlockError
from app.core.root import ROOT

__all__ = ["Project", "program", "run"]

_OWN = (check, database, routes, serve, settings, shell)

# What a user can mend: a sentence is enough. Anything else is a bug and keeps its traceback.
_EXPECTED = (InvalidSettings, SchemaNotUpgraded, BlockError)


class _Commands(click.Group):
    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except _EXPECTED as error:
            raise click.ClickException(str(error)) from error


def run(blocks: Sequence[Block], load_settings: Callable[[], CoreSettings]) -> None:
    """Read the command line and do what it says. Ends the process."""
    project = Project(tuple(blocks), load_settings)
    program(blocks).main(prog_name=f"python -m {ROOT}", obj=project)


def program(blocks: Sequence[Block]) -> click.Group:
    return _Commands(
        ROOT,
        commands=[
            *_OWN,
            *(each for block in blocks if block.commands for each in block.commands()),
        ],
        help="What this app and its blocks can do.",
        no_args_is_help=True,
    )
