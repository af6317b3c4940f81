"""`python manage.py db …` on the project's own history, in processes of their own."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]

Manage = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def manage(database_url: str) -> Manage:
    if database_url == "memory://":
        pytest.skip("a database in memory is seen by the server alone")
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "SECRET_KEY": secrets.token_urlsafe(48),
    }

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

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


def test_a_wrong_revision_is_a_sentence(manage: Manage) -> None:
    done = manage("db", "upgrade", "nonsense")

    assert done.returncode == 1
    assert "Can't locate revision" in done.stderr
    assert "Traceback" not in done.stderr


def test_routes_lists_what_the_app_answers(manage: Manage) -> None:
    done = manage("routes")

    assert done.returncode == 0, done.stderr
    assert "GET     /health " in done.stdout
