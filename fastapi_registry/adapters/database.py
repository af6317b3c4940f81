"""What the project's own database has run, asked through the project's own settings.

Alembic's table has the name and the schema that `env.py` gives it, which may be computed; so
each table with a column `version_num` is asked, and the one of our history counts.

The project's interpreter asks, since only it has the drivers. A database file is opened for
reading: asking creates none, and changes none.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from fastapi_registry.adapters.interpreter import (
    Interpreter,
    NoInterpreter,
    interpreter_of,
    run_python,
)
from fastapi_registry.engine.layout import Layout

_PATIENCE_SECONDS: Final = 30.0
_USUAL: Final = "alembic_version"
_NOTHING: Final[frozenset[str]] = frozenset()

_QUESTION: Final = """\
import asyncio, json, sqlite3
from pathlib import Path

from sqlalchemy import text

from {package}.clients.database import Database
from {package}.core.config import CoreSettings

IN_FILE = '''
    SELECT name FROM sqlite_master AS known WHERE type = 'table'
    AND EXISTS (SELECT 1 FROM pragma_table_info(known.name) WHERE name = 'version_num')
'''
ON_SERVER = '''
    SELECT table_schema, table_name FROM information_schema.columns
    WHERE column_name = 'version_num'
'''


def settings():
    try:
        from {package} import installed

        return getattr(installed, "load_settings", installed.Settings)()
    except (Exception, SystemExit):  # a block that is broken does not hide the database
        return CoreSettings()


def versions(*names):
    return "SELECT version_num FROM " + ".".join(f'"{{name}}"' for name in names)


def in_file(path):
    if not Path(path).is_file():
        return {{}}
    connection = sqlite3.connect(Path(path).resolve().as_uri() + "?mode=ro", uri=True, timeout=2)
    tables = [name for (name,) in connection.execute(IN_FILE)]
    return {{name: [row[0] for row in connection.execute(versions(name))] for name in tables}}


async def on_server(database):
    async with database.reads.connect() as connection:
        tables = [tuple(names) for names in await connection.execute(text(ON_SERVER))]
        return {{
            ".".join(names): [row[0] for row in await connection.execute(text(versions(*names)))]
            for names in tables
        }}


database = Database(settings().database)
if database.address.is_memory:
    heads = {{}}
elif database.address.is_sqlite:
    heads = in_file(database.address.url.database)
else:
    heads = asyncio.run(asyncio.wait_for(on_server(database), 5))
print("revisions:", json.dumps(heads))
"""


def revisions_of_the_database(
    root: Path, layout: Layout, environment: Mapping[str, str], known: Collection[str]
) -> frozenset[str] | None:
    """The revisions that it is at; `None` if no database answers.

    `known` are those of the project's history. Its settings may name a file, `.env` or the
    database itself, as seen from the folder that it is run in: each is tried. A file that is
    not there, and a database in memory, have run nothing.
    """
    try:
        python = interpreter_of(root, environment, packages_folder=layout.packages_folder)
    except NoInterpreter:
        return None
    answered: frozenset[str] | None = None
    for folder in layout.working_folders:
        tables = _answer(python, root, layout, folder)
        if tables is None:
            continue
        answered = _NOTHING.union(*_of_our_history(tables, known))
        if answered:
            break
    return answered


def _answer(
    python: Interpreter, root: Path, layout: Layout, folder: str
) -> dict[str, list[str]] | None:
    """The revisions of each table of the database that the project finds from one folder."""
    try:
        said = run_python(
            python,
            root,
            layout.import_root,
            ["-c", _QUESTION.format(package=layout.root_package)],
            folder=folder,
            patience_seconds=_PATIENCE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    answers = [line for line in said.stdout.splitlines() if line.startswith("revisions: ")]
    if said.returncode or not answers:
        return None
    tables: dict[str, list[str]] = json.loads(answers[-1].removeprefix("revisions: "))
    return tables


def _of_our_history(
    tables: Mapping[str, list[str]], known: Collection[str]
) -> Iterable[Collection[str]]:
    """Other histories may share the database: theirs is not where ours is."""
    ours = [heads for heads in tables.values() if not set(heads).isdisjoint(known)]
    usual = (heads for name, heads in tables.items() if name.rpartition(".")[2] == _USUAL)
    return ours or usual
