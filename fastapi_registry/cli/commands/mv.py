"""`mv`: a file or a folder of a block to another place, with its updates."""

from __future__ import annotations

import os
from pathlib import Path

import click

from fastapi_registry.cli.carry_out import carry_out, finish
from fastapi_registry.cli.command import Run, command
from fastapi_registry.engine.errors import UnsafePath
from fastapi_registry.engine.update import plan_move


@command(example="fastapi-blocks mv app/modules/auth/emails.py app/mails/auth.py", writes=True)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def move(run: Run, old: Path, new: Path) -> int:
    """Move a file or a folder of a block, or note that you did, so that updates find it at NEW.

    A file that was only moved is found again without help; one that was edited too is not.
    Its imports are yours to change.
    """
    before, after = _in_project(old, run.project), _in_project(new, run.project)
    return finish(run, carry_out(run.project, run, lambda tree: plan_move(tree, before, after)))


def _in_project(path: Path, root: Path) -> str:
    """`path`, as seen from here, as seen from the project. Raises `UnsafePath`."""
    place, ground = (Path(os.path.normpath(each.absolute())) for each in (path, root))
    if not place.is_relative_to(ground):
        raise UnsafePath(str(path))
    return place.relative_to(ground).as_posix()
