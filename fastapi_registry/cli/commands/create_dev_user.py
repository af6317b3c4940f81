"""`create-dev-user`: somebody to log in as, while you develop."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from fastapi_registry.adapters.interpreter import interpreter_of, run_module
from fastapi_registry.cli.carry_out import look_at
from fastapi_registry.cli.command import Run, command
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.layout import Layout, layout_of
from fastapi_registry.engine.lock import lock_of


@command(example="fastapi-blocks create-dev-user --email dev@example.com --admin")
@click.option("--email", "-e", default="dev@example.com", show_default=True)
@click.option("--password", help="Without it, one is made and printed once.")
@click.option("--name", "-n", help="What the user is called.")
@click.option("--admin", "-a", is_flag=True, help="May do everything.")
@click.option("--python", metavar="PATH", help="The project's interpreter, if it is not found.")
def create_dev_user(
    run: Run, email: str, password: str | None, name: str | None, admin: bool, python: str | None
) -> int:
    """Make a user to develop with, whose e-mail address counts as verified.

    The project itself does it, with its own Python; in production it refuses.
    """
    root = run.project
    layout = _layout(run)
    done = run_module(
        interpreter_of(root, os.environ, python, packages_folder=layout.packages_folder),
        root,
        layout,
        [layout.root_package, "create-dev-user", *_words(email, password, name, admin=admin)],
        capture=run.output.is_json,
    )
    run.output.go_on_unheard()
    said = (f"{done.stdout or ''}{done.stderr or ''}").splitlines()
    if done.returncode and run.output.is_json:
        refusal = {"kind": "Refused", "message": "\n".join(said), "hint": ""}
        return run.output.document({"email": email, "error": refusal}, done.returncode)
    return run.output.document({"email": email, "said": said}, done.returncode)


def _layout(run: Run) -> Layout:
    lock = lock_of(look_at(run.project, run))
    layout = layout_of(lock)
    if layout is None or "auth" not in lock:
        raise RegistryError(
            "`auth` is not installed here, so there are no users",
            hint="run `fastapi-blocks add auth`",
        )
    return layout


def _words(email: str, password: str | None, name: str | None, *, admin: bool) -> Iterator[str]:
    yield from ("--email", email)
    if password is not None:
        yield from ("--password", password)
    if name is not None:
        yield from ("--name", name)
    if admin:
        yield "--admin"
