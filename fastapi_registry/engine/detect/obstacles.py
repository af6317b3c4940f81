"""What our blocks cannot work with. Told before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi_registry.engine.detect.conventions import PythonVersion
from fastapi_registry.engine.detect.database import DatabaseUrl
from fastapi_registry.engine.detect.dependencies import Pin
from fastapi_registry.engine.detect.evidence import Evidence, line_of
from fastapi_registry.engine.detect.orm import Orm
from fastapi_registry.engine.detect.sources import Sources, is_example
from fastapi_registry.engine.tree import Tree

_SCHEME = re.compile(
    rb"[\"'=\s](?P<scheme>postgres|sqlite|mysql|mariadb|mssql|oracle|cockroachdb)[\w]*(?:\+\w+)?://"
)
_SERVED = {"postgres", "sqlite"}
_FOREIGN_DRIVERS = {
    "aiomysql": "MySQL", "asyncmy": "MySQL", "pymysql": "MySQL", "mysqlclient": "MySQL",
    "mysql-connector-python": "MySQL", "aioodbc": "SQL Server", "pyodbc": "SQL Server",
    "oracledb": "Oracle", "cx-oracle": "Oracle",
}  # fmt: skip
_OUR_DRIVERS = {"asyncpg", "aiosqlite", "psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary"}
_PYDANTIC_1 = re.compile(r"(?:^|,)(?:==|~=|<|<=)(?:1\.|2(?:\.0)*(?:,|$))")
_OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Obstacle:
    why: str
    hint: str
    evidence: Evidence | None


def obstacles(
    tree: Tree,
    sources: Sources,
    orm: Orm,
    url: DatabaseUrl | None,
    pins: tuple[Pin, ...],
    python: PythonVersion,
) -> tuple[Obstacle, ...]:
    found = (_mongo(orm, url), _database(tree, sources, pins), _pydantic(pins), _python(python))
    return tuple(obstacle for obstacle in found if obstacle is not None)


def _mongo(orm: Orm, url: DatabaseUrl | None) -> Obstacle | None:
    if orm.kind != "MongoDB" or url is not None:
        return None
    return Obstacle(
        "this project keeps its data in MongoDB, and the blocks need SQL",
        "the blocks run on PostgreSQL and SQLite; a project without either is not supported",
        orm.evidence,
    )


def _database(tree: Tree, sources: Sources, pins: tuple[Pin, ...]) -> Obstacle | None:
    """By the URLs that the project writes down; where it writes none, by its drivers."""
    written = list(_schemes(tree, sources))
    if any(scheme in _SERVED for scheme, _ in written):
        return None
    for scheme, evidence in written:
        return _unserved({"mysql": "MySQL", "mariadb": "MariaDB"}.get(scheme, scheme), evidence)
    if not any(pin.name in _OUR_DRIVERS for pin in pins):
        for pin in pins:
            if pin.name in _FOREIGN_DRIVERS:
                return _unserved(_FOREIGN_DRIVERS[pin.name], pin.evidence)
    return None


def _unserved(database: str, evidence: Evidence) -> Obstacle:
    return Obstacle(
        f"this project's database is {database}, which the blocks do not know",
        "the blocks run on PostgreSQL and SQLite",
        evidence,
    )


def _schemes(tree: Tree, sources: Sources) -> Iterator[tuple[str, Evidence]]:
    code = (path for path in sources.paths if not is_example(path))
    settings = (
        path for path in tree if path.rpartition("/")[2].startswith((".env", "alembic.ini"))
    )
    for path in (*code, *settings):
        content = tree.read(path)
        for match in _SCHEME.finditer(content):
            evidence = Evidence(path, line_of(content, match.start("scheme")), "a database URL")
            yield match["scheme"].decode(), evidence


def _pydantic(pins: tuple[Pin, ...]) -> Obstacle | None:
    for pin in pins:
        if pin.name == "pydantic" and _PYDANTIC_1.search(pin.bounds):
            return Obstacle(
                f"this project holds Pydantic 1 (`{pin.bounds}`), and the blocks need Pydantic 2",
                "move to Pydantic 2 first: https://docs.pydantic.dev/latest/migration/",
                pin.evidence,
            )
    return None


def _python(python: PythonVersion) -> Obstacle | None:
    version = tuple(int(part) for part in python.runs_on.split(".") if part)
    if not version or version >= _OLDEST_PYTHON:
        return None
    return Obstacle(
        f"this project runs on Python {python.runs_on}, and the blocks need 3.11",
        "raise its Python to 3.11 or newer first",
        python.evidence,
    )
