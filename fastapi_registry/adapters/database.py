"""What the project's own database has run, asked through the project's own settings.

The project's interpreter asks, since only it has the drivers. A database file is opened for
reading: asking creates none, and changes none.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fastapi_registry.adapters.interpreter import NoInterpreter, interpreter_of, run_python
from fastapi_registry.engine.layout import Layout

_PATIENCE_SECONDS: Final = 30.0
_NOTHING: Final[frozenset[str]] = frozenset()

_QUESTION: Final = """\
import asyncio, json, sqlite3
from pathlib import Path

from sqlalchemy import text

from {package}.clients.database import Database
from {package}.core.config import CoreSettings

SELECT = "SELECT version_num FROM alembic_version"


def settings():
    try:
        from {package} import installed

        return getattr(installed, "load_settings", installed.Settings)()
    except (Exception, SystemExit):  # a block that is broken does not hide the database
        return CoreSettings()


def in_file(path):
    if not Path(path).is_file():
        return []
    connection = sqlite3.connect(Path(path).resolve().as_uri() + "?mode=ro", uri=True, timeout=2)
    known = connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'")
    return [row[0] for row in connection.execute(SELECT)] if known.fetchone() else []


async def on_server(database):
    async with database.reads.connect() as connection:
        known = await connection.execute(text("SELECT to_regclass('alembic_version')"))
        if known.scalar() is None:
            return []
        return [row[0] for row in await connection.execute(text(SELECT))]


database = Database(settings().database)
if database.address.is_memory:
    heads = []
elif database.address.is_sqlite:
    heads = in_file(database.address.url.database)
else:
    heads = asyncio.run(asyncio.wait_for(on_server(database), 5))
print("revisions:", json.dumps(heads))
"""


def revisions_of_the_database(
    root: Path, layout: Layout, environment: Mapping[str, str]
) -> frozenset[str] | None:
    """The revisions that it is at; `None` if no database answers.

    A file that is not there, and a database in memory, have run nothing.
    """
    try:
        python = interpreter_of(root, environment)
        said = run_python(
            python,
            root,
            layout.import_root,
            ["-c", _QUESTION.format(package=layout.root_package)],
            patience_seconds=_PATIENCE_SECONDS,
        )
    except (NoInterpreter, OSError, subprocess.TimeoutExpired):
        return None
    answers = [line for line in said.stdout.splitlines() if line.startswith("revisions: ")]
    if said.returncode or not answers:
        return None
    return _NOTHING.union(json.loads(answers[-1].removeprefix("revisions: ")))
