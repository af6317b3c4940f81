"""What commands say when they are asked for help, as sections of a page."""

from __future__ import annotations

from collections.abc import Iterator

import click

WIDTH = 80
"""Of a terminal, where nobody has said otherwise."""


def sections(program: click.Group, name: str) -> Iterator[str]:
    """The program itself, then each of its commands, with those below it."""
    with click.Context(program, info_name=name, max_content_width=WIDTH) as context:
        yield shown(context)
        yield from below(context, program)


def below(above: click.Context, group: click.Group, *names: str) -> Iterator[str]:
    for name in group.list_commands(above):
        command = group.get_command(above, name)
        assert command is not None, name
        with click.Context(command, above, name, max_content_width=WIDTH) as context:
            yield f"## {' '.join([*names, name])}\n\n{shown(context)}"
            if isinstance(command, click.Group):
                yield from below(context, command, *names, name)


def shown(context: click.Context) -> str:
    context.terminal_width = WIDTH
    return f"```text\n{context.get_help()}\n```\n"
