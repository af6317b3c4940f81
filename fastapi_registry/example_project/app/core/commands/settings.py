"""`settings`: the values in force, and where they come from. Secrets are masked."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import click
from dotenv import dotenv_values
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.commands.project import Project
from app.core.config import CoreSettings
from app.core.environment import Variable, variables

_MASK = "********"


@dataclass(frozen=True)
class Row:
    name: str
    value: str | None
    """`None` stands for what is not set; a secret is masked."""
    source: str
    """`default`, `.env`, `environment` or `code`."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for programs.")
@click.pass_obj
def settings(project: Project, as_json: bool) -> None:
    """Print every setting, its value and where that comes from. Secrets are masked."""
    rows = [*_rows(project.settings)]
    if as_json:
        click.echo(json.dumps({"schema": 1, "settings": [asdict(row) for row in rows]}, indent=2))
        return
    shown = [(row.name, row.value or "(not set)", row.source) for row in rows]
    name_width, value_width = (max(len(row[column]) for row in shown) for column in (0, 1))
    for name, value, source in shown:
        click.echo(f"{name:<{name_width}}  {value:<{value_width}}  {source}")


def _rows(loaded: CoreSettings) -> Iterator[Row]:
    file = dotenv_values(str(loaded.model_config.get("env_file") or ""), encoding="utf-8-sig")
    for variable in variables(type(loaded)):
        name, source = _origin(variable, loaded, file)
        yield Row(name, _shown(loaded, variable), source)


def _shown(loaded: CoreSettings, variable: Variable) -> str | None:
    value = getattr(getattr(loaded, variable.section), variable.field)
    if isinstance(value, SecretStr):
        return _MASK if value.get_secret_value() else None
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value) or None
    if isinstance(value, bool):
        return str(value).lower()
    return _without_password(str(value)) if value not in ("", None) else None


def _without_password(value: str) -> str:
    if "://" not in value:
        return value
    try:
        return make_url(value).render_as_string(hide_password=True)
    except ArgumentError:
        return value


def _origin(
    variable: Variable, loaded: CoreSettings, file: Mapping[str, str | None]
) -> tuple[str, str]:
    """The name that the value was read under, and where."""
    if loaded.is_given_by_code(variable.section, variable.field):
        return variable.names[-1], "code"
    given = {name.upper(): value for name, value in os.environ.items()}
    in_file = {name.upper(): value for name, value in file.items()}
    for name in variable.names:
        for source, values in (("environment", given), (".env", in_file)):
            if values.get(name):
                return name, source
    return variable.names[-1], "default"
