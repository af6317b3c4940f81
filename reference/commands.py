"""What `fastapi-blocks` says of its commands when it is asked for help."""

from __future__ import annotations

from collections.abc import Iterator

import click

from fastapi_registry.cli.main import COMMANDS, PROGRAM, program

WIDTH = 88
INTRODUCTION = """\
# Commands

What `fastapi-blocks --help` and `fastapi-blocks COMMAND --help` say. `fastapi-registry` is the same
program.

Exit codes: **0** done, or nothing to do · **1** failed, the project is as it was · **2** wrong
usage · **3** a decision is left to you · **4** `--check` found something to do · **130**
interrupted, the project is as it was. With `--json`, one JSON document goes to standard output,
also for errors; what is said beside it goes to standard error.
"""


def page() -> str:
    return "\n".join([INTRODUCTION, *sections()])


def sections() -> Iterator[str]:
    with click.Context(program, info_name=PROGRAM, max_content_width=WIDTH) as above:
        yield shown(above)
        for name in COMMANDS:
            command = program.get_command(above, name)
            assert command is not None, name
            with click.Context(command, above, name, max_content_width=WIDTH) as context:
                yield f"## {name}\n\n{shown(context)}"


def shown(context: click.Context) -> str:
    context.terminal_width = WIDTH
    return f"```text\n{context.get_help()}\n```\n"
