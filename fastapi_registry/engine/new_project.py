"""Planning a new project: the pseudo-block `project`, then `core`, then what was asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from keyword import iskeyword
from typing import Final, Literal, NamedTuple

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.edits.dotenv import keys, set_value, shown_keys
from fastapi_registry.engine.edits.lines import first_place, insert_line
from fastapi_registry.engine.errors import DecisionNeeded, UsageError
from fastapi_registry.engine.install import FreshSecret, plan_install
from fastapi_registry.engine.layout import NEW_PROJECT, REQUIREMENTS, layout_of
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.manifest import PROJECT
from fastapi_registry.engine.plan import Plan, applied, difference
from fastapi_registry.engine.tree import Tree

Database = Literal["sqlite", "postgres", "memory"]

APP_NAME: Final = "APP_NAME"
"""The variable of core by which mails and documentation call the project."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_NOT_DECOMPOSED: Final = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
)
"""Letters that Unicode does not take apart into a plain one and an accent."""


class FolderNotEmpty(DecisionNeeded):
    def __init__(self, count: int) -> None:
        there_are = "there is a file" if count == 1 else f"there are {count} files"
        super().__init__(
            f"{there_are} in this folder already",
            hint="choose an empty folder; or see what `--force --dry-run` would overwrite",
        )


class ProjectName(NamedTuple):
    """A name for people, and what can be made of it for machines."""

    title: str

    @classmethod
    def of(cls, human: str) -> ProjectName:
        """Raises `UsageError` for a name with nothing in it."""
        title = _CONTROL.sub(" ", human).strip()
        if not title:
            raise UsageError("a project needs a name", hint="write `--name shop`")
        return cls(title)

    @property
    def plain_title(self) -> str:
        """The title, unless a `.env` would take a character of it for syntax."""
        return self.distribution if set(self.title) & set("#$'\"\\") else self.title

    @property
    def distribution(self) -> str:
        """`zazolc-shop` for "Zażółć Shop!"; `project` where no letter can be spelled in ASCII."""
        plain = unicodedata.normalize("NFKD", self.title.casefold().translate(_NOT_DECOMPOSED))
        words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
        name = "-".join(words)
        if not name:
            return "project"
        return f"project-{name}" if name[0].isdigit() or iskeyword(name) else name

    @property
    def package(self) -> str:
        return self.distribution.replace("-", "_")


def plan_init(
    folder: Tree,
    blocks: Sequence[Block],
    *,
    name: str,
    description: str = "",
    database: Database = "sqlite",
    direct: Collection[str],
    fresh_secret: FreshSecret,
    force: bool = False,
    requirements: bool = False,
) -> Plan:
    """What makes a project of `folder`; `blocks` are `project`, `core` and those wanted.

    With `requirements` its dependencies stand in `requirements.txt`, not in `pyproject.toml`.

    Raises `FolderNotEmpty`, unless there is a project of ours already or `force` is set:
    then files in the way are overwritten, and the plan says so.
    """
    lock = lock_of(folder)
    is_ours = PROJECT in lock
    if len(folder) and not is_ours and not force:
        raise FolderNotEmpty(len(folder))
    project = next(block for block in blocks if block.name == PROJECT)
    names = ProjectName.of(name)
    wished = NEW_PROJECT._replace(dependency_file=REQUIREMENTS) if requirements else NEW_PROJECT
    plan = plan_install(
        folder,
        blocks,
        layout_of(lock) or wished,
        direct={PROJECT, *direct},
        fresh_secret=fresh_secret,
        params=_variables(names, description),
        pins=project.manifest.pins,
        overwrite=force,
    )
    return plan if is_ours else _with_settings(plan, folder, names, database)


def _variables(names: ProjectName, description: str) -> dict[str, str]:
    said = _CONTROL.sub(" ", description).strip()
    return {
        "name": names.title,
        "distribution": names.distribution,
        "package": names.package,
        "description": said or f"{names.title}, built with FastAPI",
    }


def _with_settings(plan: Plan, folder: Tree, names: ProjectName, database: Database) -> Plan:
    """`plan` that also writes what this project is called, and where its data lives.

    Into `.env`, and into the example: who clones the project begins with a copy of that.
    """
    urls = {
        "memory": "memory://",
        "postgres": f"postgresql://postgres:postgres@localhost:5432/{names.package}",
    }
    project = applied(plan, folder)
    for path in (NEW_PROJECT.env_file, NEW_PROJECT.env_example):
        edited = _named(project.get(path) or b"", names)
        if database in urls:
            edited = set_value(edited, "DATABASE_URL", urls[database])
        project = project.write(path, edited)
    written = {APP_NAME, "DATABASE_URL"} & keys(project.get(NEW_PROJECT.env_file) or b"")
    env = tuple(sorted({*plan.env, *written}))
    return plan._replace(changes=difference(folder, project), env=env)


def _named(source: bytes, names: ProjectName) -> bytes:
    """Where an example shows the name, or else above all: a name that is set already stays."""
    if APP_NAME in keys(source):
        return source
    if APP_NAME in shown_keys(source):
        return set_value(source, APP_NAME, names.plain_title)
    return insert_line(source, first_place(source), f"{APP_NAME}={names.plain_title}".encode())
