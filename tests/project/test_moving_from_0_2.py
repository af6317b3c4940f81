"""What docs/moving-from-0.2.md promises: accounts come along, with ids and passwords."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import bcrypt
import httpx2
import pytest

from tests.blocks.bundled import EXAMPLE
from tests.project.databases import execute, postgres_database
from tests.project.generated import Project, new_project

pytestmark = pytest.mark.slow

GUIDE = EXAMPLE.parents[1] / "docs" / "moving-from-0.2.md"
PASSWORD = "a quiet walk along the river"
ADA_ID = "5f0c1c52-6f7e-4c3a-9d36-0c3f7c9f4a11"
OLD_TABLE = """
    CREATE TABLE users (
        id VARCHAR NOT NULL PRIMARY KEY,
        email VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        hashed_password VARCHAR NOT NULL,
        is_active BOOLEAN NOT NULL,
        is_admin BOOLEAN NOT NULL,
        created_at TIMESTAMP NOT NULL
    );
    CREATE UNIQUE INDEX ix_users_email ON users (email);
    CREATE INDEX ix_users_id ON users (id);
"""


OLD_ROW = """
    INSERT INTO users VALUES (
        '5f0c1c52-6f7e-4c3a-9d36-0c3f7c9f4a11', 'ada@example.com', 'Ada', 'HASH', true, true,
        '2024-05-01 10:00:00'
    );
"""


def old_database() -> str:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    return OLD_TABLE + OLD_ROW.replace("HASH", hashed)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = new_project(tmp_path_factory.mktemp("moved") / "shop")
    project.blocks("add", "users", "--no-install", "--yes")
    return project.with_variables(DATABASE_AUTO_MIGRATE="false")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, Callable[[str], None]]]:
    """Its URL, and what runs SQL there."""
    if request.param == "postgresql":
        with postgres_database() as url:
            yield url, lambda sql: asyncio.run(execute(url, sql))
    else:
        path = tmp_path / "old.db"
        yield f"sqlite:///{path}", partial(run_in_sqlite, path)


def run_in_sqlite(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(sql)


def statements_of_the_guide() -> str:
    return GUIDE.read_text(encoding="utf-8").split("```sql\n")[1].split("```")[0]


def test_accounts_of_the_old_tables_sign_in_with_their_passwords(
    shop: Project, database: tuple[str, Callable[[str], None]]
) -> None:
    url, run_sql = database
    moved = shop.with_variables(DATABASE_URL=url)
    run_sql(old_database())
    run_sql(statements_of_the_guide())

    moved.manage("db", "upgrade")
    said = moved.manage("users", "import-legacy")

    assert "Carried over 1 accounts" in said
    with moved.served() as server, httpx2.Client(base_url=server.api) as client:
        answer = client.post("/auth/login", json={"email": "ada@example.com", "password": PASSWORD})
        bearer = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
        me = client.get("/users/me", headers=bearer).json()
        assert (me["id"], me["isAdmin"], me["createdAt"]) == (ADA_ID, True, "2024-05-01T10:00:00Z")
        assert client.get("/users", headers=bearer).json()["total"] == 1
