"""`python -m app create-dev-user`, on a database file."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import core
from app.core.commands.project import Project
from app.core.tables import Base
from app.modules import auth
from app.modules.auth.commands import create_dev_user
from app.modules.auth.models import User
from app.modules.auth.passwords import Hashing
from app.modules.auth.repositories import UserRepository
from app.modules.auth.tests.conftest import PASSWORD, Settings

SECRET = "kY3_vQ8rTz1LwN6xHc0bJp9sFm4aGd7eUo2iXq5R"


class Terminal:
    """Runs the command against settings of the test."""

    def __init__(self, url: str, environment: str = "development") -> None:
        settings = Settings(
            _env_file=None,
            app={"environment": environment},
            security={"secret_key": SECRET},
            database={"url": url},
            email={"adapter": "smtp"},
        )
        self.project = Project((core.block, auth.block), lambda: settings)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(create_dev_user, list(arguments), obj=self.project)

    def create_tables(self) -> None:
        async def create() -> None:
            async with self.project.runtime() as runtime, runtime.database.engine.begin() as made:
                await made.run_sync(Base.metadata.create_all)

        asyncio.run(create())

    def user(self, email: str) -> User | None:
        async def find() -> User | None:
            async with self.project.runtime() as runtime, runtime.unit_of_work() as work:
                return await UserRepository(work).by_email_key(email)

        return asyncio.run(find())


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    terminal = Terminal(f"sqlite+aiosqlite:///{tmp_path}/dev.db")
    terminal.create_tables()
    return terminal


def test_creates_a_user_who_is_verified_and_whose_password_fits(terminal: Terminal) -> None:
    result = terminal.run("--email", "dev@example.com", "--password", PASSWORD)

    user = terminal.user("dev@example.com")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert user is not None
    assert user.email_verified
    assert not user.is_admin
    assert asyncio.run(Hashing().check(PASSWORD, user.password_hash)).fits


def test_makes_a_password_and_prints_it_once(terminal: Terminal) -> None:
    result = terminal.run("--email", "dev@example.com", "--admin", "--name", "Grace")

    user = terminal.user("dev@example.com")
    password = result.output.rpartition("Password: ")[2].strip()
    assert user is not None
    assert user.is_admin
    assert user.name == "Grace"
    assert asyncio.run(Hashing().check(password, user.password_hash)).fits


def test_a_second_user_with_the_same_address_is_refused(terminal: Terminal) -> None:
    terminal.run("--email", "dev@example.com")

    result = terminal.run("--email", "DEV@example.com")

    assert result.exit_code == 1
    assert "`DEV@example.com` has an account already" in result.output


def test_a_weak_password_is_refused_with_the_reason(terminal: Terminal) -> None:
    result = terminal.run("--email", "dev@example.com", "--password", "short")

    assert result.exit_code == 1
    assert "--password: A password has at least 12 characters." in result.output


def test_what_is_no_address_is_wrong_usage(terminal: Terminal) -> None:
    result = terminal.run("--email", "nobody")

    assert result.exit_code == 2
    assert "`nobody` is not an e-mail address" in result.output


def test_refuses_in_production() -> None:
    result = Terminal("sqlite+aiosqlite:///./x.db", "production").run("--email", "a@example.com")

    assert result.exit_code == 1
    assert "ENVIRONMENT is `production`" in result.output


def test_says_why_it_cannot_fill_a_database_in_memory() -> None:
    result = Terminal("memory://").run("--email", "dev@example.com")

    assert result.exit_code == 1
    assert "only the running server sees that database" in result.output
