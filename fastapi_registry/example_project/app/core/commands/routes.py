"""`routes`: what the app answers."""

from importlib import import_module
from importlib.util import find_spec

import click
from fastapi import FastAPI

from app.core.app_factory import attach
from app.core.commands.project import Project
from app.core.root import ROOT


@click.command()
@click.pass_obj
def routes(project: Project) -> None:
    """List methods, paths and operation ids."""
    paths = app_of(project).openapi()["paths"]
    rows = [
        (method.upper(), path, operation["operationId"])
        for path, operations in sorted(paths.items())
        for method, operation in operations.items()
    ]
    widest = max((len(path) for _, path, _ in rows), default=0)
    for method, path, operation_id in rows:
        click.echo(f"{method:<7} {path:<{widest}}  {operation_id}")


def app_of(project: Project) -> FastAPI:
    """The app as it is served; where somebody else serves it, the blocks' part of it."""
    if find_spec(f"{ROOT}.main") is not None:
        app = import_module(f"{ROOT}.main").app
        assert isinstance(app, FastAPI)
        return app
    app = FastAPI()
    attach(app, project.settings, project.blocks)
    return app
