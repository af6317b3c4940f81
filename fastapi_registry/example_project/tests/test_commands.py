"""`python manage.py …` on the project's own history and its real settings."""

import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from app.__main__ import main
from app.core.ids import uuid7

PROJECT = Path(__file__).parents[1]
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Manage = Callable[..., Done]


@pytest.fixture
def manage(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Manage:
    if database_url == "memory://":
        pytest.skip("a database in memory is seen by the server alone")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SECRET_KEY", secrets.token_urlsafe(48))
    monkeypatch.setattr("sys.stdin", StringIO())

    def call(*arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["manage.py", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(int(ended.value.code or 0), *capsys.readouterr())

    return call


def test_a_database_is_made_checked_emptied_and_taken_back(manage: Manage) -> None:
    before = manage("check")
    made = manage("db", "init")
    checked = manage("db", "check"), manage("check")
    emptied = manage("db", "reset", "--yes")
    taken_back = manage("db", "downgrade", "base", "--yes")

    assert before.returncode == 1
    assert "db upgrade" in before.stderr
    assert (made.returncode, made.stdout) == (0, "The database is ready\n")
    assert [each.returncode for each in checked] == [0, 0]
    assert (emptied.returncode, emptied.stdout) == (0, "The database is empty\n")
    assert taken_back.stdout == "The database has no tables of ours\n"


def test_steps_are_taken_back_and_forth(manage: Manage) -> None:
    manage("db", "upgrade")

    back = manage("db", "downgrade", "-1", "--yes")
    behind = manage("db", "check"), manage("db", "migrate", "-m", "Add books")
    forth = manage("db", "upgrade", "+1")

    assert back.returncode == forth.returncode == 0, back.stderr + forth.stderr
    assert all("run `python -m app db upgrade`" in each.stderr for each in behind)
    assert back.stdout != forth.stdout


def test_what_nobody_confirmed_is_not_done(manage: Manage) -> None:
    manage("db", "upgrade")

    refused = manage("db", "reset"), manage("db", "downgrade")

    assert [each.returncode for each in refused] == [2, 2]
    assert all("say `--yes`" in each.stderr for each in refused)
    assert manage("db", "check").returncode == 0


def test_no_revision_is_written_where_nothing_changed(manage: Manage) -> None:
    manage("db", "upgrade")

    done = manage("db", "migrate", "-m", "nothing")

    assert done.stdout == "The models are as the history says: there is nothing to write\n"
    assert not list(PROJECT.glob("migrations/versions/*_nothing.py"))


def test_commands_find_the_tables_of_a_new_project(manage: Manage) -> None:
    """In development, as the app does, which nobody has started yet."""
    count = "print(await work.fetch(text('SELECT count(*) FROM alembic_version')))"

    done = manage("shell", "-c", f"from sqlalchemy import text; {count}")

    assert done.stdout == "[(1,)]\n", done.stderr


def test_a_database_moves_with_its_rows(
    manage: Manage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, old = os.environ["DATABASE_URL"], tmp_path / "old.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{old}")
    manage("db", "upgrade")
    with sqlite3.connect(old) as connection:
        connection.execute(
            "INSERT INTO mail_outbox (id, sealed, attempts, due_at, created_at)"
            f" VALUES ('{uuid7().hex}', x'00ff', 3, '{NOON}', '{NOON}')"
        )
        connection.execute("CREATE TABLE of_somebody_else (id INTEGER)")
    monkeypatch.setenv("DATABASE_URL", new)

    copied = manage("db", "copy", "--from", f"sqlite:///{old}")
    again = manage("db", "copy", "--from", f"sqlite:///{old}")

    read = "from app.core.outbox import MailRow; from sqlalchemy import select;"
    columns = "MailRow.sealed, MailRow.attempts, MailRow.due_at"
    found = manage("shell", "-c", f"{read} print(await work.fetch(select({columns})))")
    assert copied.returncode == 0, copied.stderr
    assert "Left behind, since the app has no such tables: of_somebody_else" in copied.stdout
    assert found.stdout == f"[(b'\\x00\\xff', 3, {NOON!r})]\n", found.stderr
    assert again.returncode == 1
    assert "is to name an empty database" in again.stderr
    assert manage("db", "check").returncode == 0


def test_a_database_that_is_behind_is_not_copied(manage: Manage, tmp_path: Path) -> None:
    (tmp_path / "old.db").touch()

    behind = manage("db", "copy", "--from", f"sqlite:///{tmp_path}/old.db")
    missing = manage("db", "copy", "--from", f"sqlite:///{tmp_path}/none.db")

    assert (behind.returncode, missing.returncode) == (1, 2)
    assert "the database to copy from is not up to date" in behind.stderr
    assert "there is no file" in missing.stderr
    assert not (tmp_path / "none.db").exists()
    assert manage("db", "upgrade").returncode == 0, "it is still empty"


def test_a_wrong_revision_is_a_sentence(manage: Manage) -> None:
    done = manage("db", "upgrade", "nonsense")

    assert done.returncode == 1
    assert "Can't locate revision" in done.stderr
    assert "Traceback" not in done.stderr


def test_manage_py_is_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "routes"],
        cwd=PROJECT,
        env=os.environ | {"SECRET_KEY": secrets.token_urlsafe(48)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert "GET     /health " in done.stdout
