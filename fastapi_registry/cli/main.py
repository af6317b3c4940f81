"""Which commands there are, and what becomes of an error."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

import click

from fastapi_registry.cli.output import (
    Output,
    drop_unwritten,
    make_streams_lenient,
    open_closed_streams,
)
from fastapi_registry.engine.errors import RegistryError, UsageError
from fastapi_registry.version import NAME_AND_VERSION

PROGRAM: Final = "fastapi-blocks"
INTERRUPTED: Final = 130

COMMANDS: Final[Mapping[str, str]] = {
    "init": "Start a new project.",
    "setup": "Start a new project with all blocks.",
    "add": "Add blocks, with all that they require.",
    "remove": "Take out blocks, as if they had never been added.",
    "undo": "Take back the last command that wrote.",
    "update": "Take newer versions of blocks, and keep what you edited.",
    "mv": "Move files of a block, so that updates find them.",
    "list": "List the blocks that there are.",
    "search": "Search in all registries that the project knows.",
    "info": "Tell what a block brings.",
    "status": "Tell which installed blocks you have edited.",
    "outdated": "Tell which installed blocks have a newer version, and why.",
    "diff": "Show what you edited, or what a new version changes.",
    "doctor": "Find what is wrong with a project, and tell the remedy.",
    "create-dev-user": "Make a user to develop with.",
    "registry": "Give names to registries of other people.",
    "adopt": "Record blocks that were copied by hand.",
    "new-block": "Start a block of your own.",
    "build": "Write the index of a registry.",
    "check": "Find where a block does not tell the truth.",
    "mcp": "Serve these commands to a coding assistant.",
    "version": "Print the version.",
}
"""What the help says of each, so that it need not import one: `add` is in commands/add.py."""


class UnknownCommand(UsageError):
    def __init__(self, name: str) -> None:
        from difflib import get_close_matches  # only where a name is wrong

        close = get_close_matches(name, COMMANDS, n=1)
        meant = f"did you mean `{PROGRAM} {close[0]}`? " if close else ""
        super().__init__(
            f"there is no command `{name}`", hint=f"{meant}`{PROGRAM} --help` lists them all"
        )


class Commands(click.Group):
    """Imports a command when it is called: a program of many commands starts like one of one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"fastapi_registry.cli.commands.{cmd_name.replace('-', '_')}")
        found = next(each for each in vars(module).values() if isinstance(each, click.Command))
        found.name = cmd_name
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise UnknownCommand(args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, option: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(NAME_AND_VERSION)
        ctx.exit()


@click.group(cls=Commands, invoke_without_command=True)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
@click.pass_context
def program(ctx: click.Context) -> None:
    """Production-ready FastAPI blocks, as source code that you own.

    \b
      fastapi-blocks init shop --with auth    a new project
      fastapi-blocks add auth                 one more block in it
      fastapi-blocks COMMAND --help           an example for each command
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run_program(arguments: Sequence[str]) -> int:
    """Run one command line to its end, whatever happens."""
    open_closed_streams()
    make_streams_lenient()
    output = Output(arguments)
    try:
        done = program.main(list(arguments), PROGRAM, standalone_mode=False, obj=output)
        return int(done or 0)
    except RegistryError as error:
        return output.error(error)
    except click.UsageError as error:
        return output.error(_in_our_words(error))
    except (click.Abort, KeyboardInterrupt):
        return _interrupted(output)
    except OSError as error:
        return output.error(drop_unwritten() or _told_by_the_system(error))
    except Exception as error:
        return _failed(output, error)


def _in_our_words(error: click.UsageError) -> UsageError:
    path = error.ctx.command_path if error.ctx else PROGRAM
    message = " ".join(error.format_message().split()).rstrip(".")  # it may be a list of choices
    return UsageError(message[:1].lower() + message[1:], hint=f"`{path} --help` has an example")


def _told_by_the_system(error: OSError) -> RegistryError:
    where = f"`{os.fsdecode(error.filename)}`: " if error.filename else ""
    return RegistryError(
        f"{where}{(error.strerror or str(error)).lower()}",
        hint="check that path, and who may read it and write to it",
    )


def _interrupted(output: Output) -> int:
    output.go_on_unheard()
    output.say("Interrupted: the project is as it was")
    return output.document({"error": _INTERRUPTION}, INTERRUPTED)


_INTERRUPTION: Final = {"kind": "Interrupted", "message": "interrupted", "hint": ""}


def _failed(output: Output, error: Exception) -> int:
    """For what should not happen: a sentence all the same, and a traceback for who asks."""
    output.go_on_unheard()
    if output.is_verbose:
        import traceback

        output.say(*traceback.format_exc().splitlines())
    return output.error(
        RegistryError(
            f"{type(error).__name__}: {error}",
            hint="this is a bug of fastapi-blocks: please report it with the output of --verbose",
        )
    )
