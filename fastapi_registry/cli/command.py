"""What every command has in common: its flags, and an example in its help."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import NamedTuple

import click

from fastapi_registry.cli.output import Output
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.lock import LOCK_PATH


class Run(NamedTuple):
    """One call of a command: what was asked for in general, and how to answer."""

    output: Output
    project_path: Path | None
    dry_run: bool
    diff: bool
    check: bool

    @property
    def writes(self) -> bool:
        return not (self.dry_run or self.check)

    @property
    def folder(self) -> Path:
        """Where the command was called, or told to be."""
        return self.project_path or Path.cwd()

    @property
    def project(self) -> Path:
        """The folder named, or the nearest one from here upwards that has a `blocks.lock`."""
        if self.project_path is not None:
            if not self.project_path.is_dir():
                raise UsageError(
                    f"there is no folder `{self.project_path}`", hint="check --project-path"
                )
            return self.project_path
        here = Path.cwd()
        holding = (folder for folder in (here, *here.parents) if (folder / LOCK_PATH).is_file())
        return next(holding, here)


class BlocksCommand(click.Command):
    example: str = ""
    writes: bool = False
    """Whether it changes the project; one that only reads does not mention flags about writing."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Example"):
            formatter.write_text(self.example)


def command(*, example: str, writes: bool = False) -> Callable[[Callable[..., int]], click.Command]:
    """Make a function a command: it gets a `Run` first, and returns the exit code.

    Every command takes every common flag, so that scripts need not know which of them writes.
    """

    def decorate(function: Callable[..., int]) -> click.Command:
        @wraps(function)
        def called(
            *arguments: object,
            project_path: Path | None,
            dry_run: bool,
            diff: bool,
            check: bool,
            **own: object,
        ) -> int:
            output = click.get_current_context().find_object(Output)
            assert output is not None, "run_program() makes it"
            run = Run(output, project_path, dry_run, diff, check)
            return function(run, *arguments, **own)

        made = click.command(cls=BlocksCommand)(called)
        made.example = example
        made.writes = writes
        made.params += _common_flags(writes)
        return made

    return decorate


def _common_flags(writes: bool) -> list[click.Parameter]:
    about_writing = [
        _flag("--yes", "-y", help="Ask nothing.", hidden=not writes, expose=False),
        _flag("--dry-run", help="Show what would change; write nothing.", hidden=not writes),
        _flag("--diff", help="Show the changes line by line.", hidden=not writes),
        _flag(
            "--check", help="Write nothing; exit 4 if there is something to do.", hidden=not writes
        ),
    ]
    return [
        click.Option(
            ["--project-path", "-p"],
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="The project; by default here, or the nearest folder above with a blocks.lock.",
        ),
        *about_writing,
        _flag("--json", help="Answer with one JSON document.", expose=False),
        _flag("--verbose", help="Say more.", expose=False),
        _flag("--quiet", help="Say nothing but errors.", expose=False),
    ]


def _flag(*names: str, help: str, hidden: bool = False, expose: bool = True) -> click.Option:
    return click.Option(list(names), is_flag=True, help=help, hidden=hidden, expose_value=expose)
