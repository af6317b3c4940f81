"""`init`: a new project."""

from __future__ import annotations

from collections.abc import Sequence

import click

from fastapi_registry.cli.command import Run, command
from fastapi_registry.cli.start_project import Wishes, project_options, start_project


@command(example="fastapi-blocks init shop --with auth", writes=True)
@project_options
@click.option("--with", "blocks", multiple=True, metavar="BLOCKS", help="Such as: auth,users")
@click.option("--all", "-a", "everything", is_flag=True, help="With all blocks that there are.")
def init(run: Run, wishes: Wishes, blocks: Sequence[str], everything: bool) -> int:
    """Start a new project, in PATH or here.

    It runs at once, on SQLite, with nothing to install beside Python.
    """
    names = [name for part in blocks for name in part.split(",") if name.strip()]
    return start_project(run, wishes, None if everything else names)
