"""`settings`: what rules, and where it comes from. Secrets are masked."""

import os
from collections.abc import Mapping

import click
from dotenv import dotenv_values
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.commands.project import Project
from app.core.config import CoreSettings
from app.core.environment import Variable, variables

_MASK = "********"


@click.command()
@click.pass_obj
def settings(project: Project) -> None:
    """Print every setting, its value and its source."""
    loaded = project.settings
    file = dotenv_values(str(loaded.model_config.get("env_file") or ""))
    rows = [
        (variable.names[-1], _shown(loaded, variable), _source(variable, loaded, file))
        for variable in variables(type(loaded))
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, source in rows:
        click.echo(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}")


def _shown(loaded: CoreSettings, variable: Variable) -> str:
    value = getattr(getattr(loaded, variable.section), variable.field)
    if isinstance(value, SecretStr):
        return _MASK if value.get_secret_value() else "(not set)"
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value) or "(none)"
    return _without_password(str(value)) if value not in ("", None) else "(not set)"


def _without_password(value: str) -> str:
    if "://" not in value:
        return value
    try:
        return make_url(value).render_as_string(hide_password=True)
    except ArgumentError:
        return value


def _source(variable: Variable, loaded: CoreSettings, file: Mapping[str, str | None]) -> str:
    for name in variable.names:
        if os.environ.get(name):
            return f"environment ({name})" if name != variable.names[-1] else "environment"
        if file.get(name):
            return f".env ({name})" if name != variable.names[-1] else ".env"
    section = getattr(loaded, variable.section)
    return "program" if variable.field in section.model_fields_set else "default"
