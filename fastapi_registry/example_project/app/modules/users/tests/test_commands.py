"""`python -m app users …`, on a database file."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import bcrypt
import pytest
from click.testing import CliRunner, Result

from app import core
from app.core.commands.project import Project
from app.core.errors import BlockError
from app.core.tables import Base
from app.modules import auth, users
from app.modules.auth import AuthSettings
from app.modules.users.commands import users as command
from app.modules.users.commands.running import run
from app.modules.users.composition import Users
from app.modules.users.models import Profile
from app.modules.users.tests.conftest import (
    PASSWORD,
    QUICK_HASHES,
    Settings,
    add_first_roles,
)

T = TypeVar("T")


class Terminal:
    """Runs commands against a database of its own. Mails are files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        settings = Settings(
            _env_file=None,
            app={"environment": "test"},
            security={"secret_key": "kY3_vQ8rTz1LwN6xHc0bJp9sFm4aGd7eUo2iXq5R"},
            database={"url": f"sqlite+aiosqlite:///{folder}/app.db"},
            email={"adapter": "file", "file_path": str(folder / "mails")},
        )
        settings.auth = AuthSettings.model_validate(QUICK_HASHES)
        self.project = Project((core.block, auth.block, users.block), lambda: settings)

    def run(self, *arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(command, list(arguments), obj=self.project, input=input)

    def tell(self, story: Callable[[Users], Awaitable[T]]) -> T:
        return run(self.project, story)

    def create_tables(self) -> None:
        async def create() -> None:
            async with self.project.runtime() as runtime:
                async with runtime.database.engine.begin() as connection:
                    await connection.run_sync(Base.metadata.create_all)
                async with runtime.unit_of_work() as work:
                    await add_first_roles(work)

        asyncio.run(create())

    def profile(self, email: str) -> Profile | None:
        async def find(users: Users) -> Profile | None:
            user = await users.auth.users.by_email_key(email)
            return await users.people.profile_of(user) if user else None

        return self.tell(find)

    def fits(self, email: str, password: str) -> bool:
        profile = self.profile(email)
        assert profile is not None
        hashing = AuthSettings.model_validate(QUICK_HASHES).hashing
        return asyncio.run(hashing.check(password, profile.user.password_hash)).fits

    def mails(self) -> list[str]:
        return [mail.read_text() for mail in sorted((self.folder / "mails").glob("*.eml"))]

    def file(self, name: str, *lines: str) -> str:
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return str(path)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path)
    terminal.create_tables()
    return terminal


def test_r85_the_first_admin_is_made_here(terminal: Terminal) -> None:
    result = terminal.run(
        "create", "-e", "Ada@example.com", "-n", "Ada", "--password", PASSWORD, "--admin"
    )

    profile = terminal.profile("ada@example.com")
    assert result.output == "Created the admin Ada@example.com\n"
    assert profile is not None
    assert (profile.user.is_admin, profile.user.email_verified) == (True, True)
    assert profile.roles == {"user", "admin"}
    assert terminal.fits("ada@example.com", PASSWORD)


def test_asks_for_what_is_missing(terminal: Terminal) -> None:
    result = terminal.run("create", input=f"ada@example.com\n{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert terminal.fits("ada@example.com", PASSWORD)


def test_without_a_password_the_owner_is_invited(terminal: Terminal) -> None:
    result = terminal.run("create", "--email", "ada@example.com", "--no-input")

    profile = terminal.profile("ada@example.com")
    [mail] = terminal.mails()
    assert result.exit_code == 0, result.output
    assert profile is not None
    assert profile.user.password_hash is None
    assert "accept-invitation#token" in mail.replace("=\n", "")


def test_what_is_wrong_is_said_and_undone(terminal: Terminal) -> None:
    terminal.run("create", "-e", "ada@example.com", "--no-input")

    no_address = terminal.run("create", "-e", "ada", "--no-input")
    nobody = terminal.run("create", "--no-input")
    weak = terminal.run("create", "-e", "eve@example.com", "--password", "short")
    taken = terminal.run("create", "-e", "ADA@example.com", "--no-input")
    unknown = terminal.run("activate", "eve@example.com")

    assert (no_address.exit_code, nobody.exit_code) == (2, 2)
    assert "`ada` is not an e-mail address" in no_address.output
    assert isinstance(weak.exception, BlockError)
    assert isinstance(taken.exception, BlockError)
    assert "There is no account with `eve@example.com`" in unknown.output
    assert terminal.profile("eve@example.com") is None


def test_accounts_are_managed(terminal: Terminal) -> None:
    terminal.run("create", "-e", "ada@example.com", "--password", PASSWORD, "--admin")
    terminal.run("create", "-e", "eve@example.com", "--no-input")

    said = [
        terminal.run("set-role", "eve@example.com", "moderator").output,
        terminal.run("set-role", "eve@example.com", "user").output,
        terminal.run("deactivate", "eve@example.com", "--yes").output,
        terminal.run("activate", "eve@example.com").output,
        terminal.run("reset-password", "eve@example.com", "--no-input").output,
        terminal.run("reset-password", "ada@example.com", "--password", PASSWORD[::-1]).output,
        terminal.run("delete", "eve@example.com", "-y").output,
        terminal.run("delete", "eve@example.com", "--hard", "-y").output,
    ]

    assert [line.partition(",")[0].strip() for line in said] == [
        "eve@example.com: moderator",
        "eve@example.com: user",
        "Deactivated eve@example.com",
        "Activated eve@example.com",
        "A link was mailed to eve@example.com",
        "The password of ada@example.com is changed",
        "Closed eve@example.com",
        "Deleted eve@example.com",
    ]
    assert terminal.profile("eve@example.com") is None
    assert terminal.fits("ada@example.com", PASSWORD[::-1])


def test_nothing_is_deleted_without_a_yes(terminal: Terminal) -> None:
    terminal.run("create", "-e", "eve@example.com", "--no-input")

    declined = terminal.run("delete", "eve@example.com", "--hard", input="n\n")
    unanswered = terminal.run("deactivate", "eve@example.com", input="")

    profile = terminal.profile("eve@example.com")
    assert (declined.exit_code, unanswered.exit_code) == (1, 1)
    assert profile is not None
    assert profile.user.is_active


def test_r86_the_last_admin_stays_here_too(terminal: Terminal) -> None:
    terminal.run("create", "-e", "ada@example.com", "--password", PASSWORD, "--admin")

    refused = [
        terminal.run("delete", "ada@example.com", "--hard", "--yes"),
        terminal.run("deactivate", "ada@example.com", "--yes"),
        terminal.run("set-role", "ada@example.com", "user"),
    ]

    assert {str(result.exception) for result in refused} == {
        "This is the last admin. Make another one first."
    }


def test_lists_finds_and_counts(terminal: Terminal) -> None:
    terminal.run("create", "-e", "ada@example.com", "--password", PASSWORD, "--admin")
    terminal.run("create", "-e", "eve@example.com", "-n", "Ève", "--no-input")
    terminal.run("deactivate", "eve@example.com", "-y")

    def addresses(*arguments: str) -> list[str]:
        lines = terminal.run(*arguments).stdout.splitlines()
        return [line.split()[0] for line in lines[1:]]

    everybody = ["ada@example.com", "eve@example.com"]
    assert addresses("list") == addresses("list", "--admins", "--users") == everybody
    assert addresses("list", "--admins") == addresses("list", "--active") == everybody[:1]
    assert addresses("list", "--users") == addresses("list", "--inactive") == everybody[1:]
    assert addresses("find", "ÈV") == everybody[1:]
    assert addresses("list", "-l", "1") == everybody[:1]
    assert "1 more: --limit 2" in terminal.run("list", "-l", "1").stderr
    counted = terminal.run("stats").output.split()
    assert counted[:2] == ["Accounts", "2"]


def test_what_is_exported_can_be_imported_elsewhere(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("create", "-e", "ada@example.com", "--password", PASSWORD, "--admin")
    terminal.run("create", "-e", "eve@example.com", "-n", "=1+1", "--no-input")
    exported = str(tmp_path / "people.csv")
    assert "Exported 2 accounts" in terminal.run("export", exported).stderr
    (tmp_path / "other").mkdir()
    other = Terminal(tmp_path / "other")
    other.create_tables()

    result = other.run("import", exported, "--invite")

    text = Path(exported).read_text(encoding="utf-8")
    eve = other.profile("eve@example.com")
    ada = other.profile("ada@example.com")
    assert result.output == "Imported 2 accounts\n"
    assert "'=1+1" in text
    assert "argon2" not in text
    assert eve is not None
    assert eve.user.name == "=1+1"
    assert ada is not None
    assert ada.user.is_admin
    assert len(other.mails()) == 2


def test_an_import_is_all_or_nothing(terminal: Terminal) -> None:
    terminal.run("create", "-e", "ada@example.com", "--no-input")
    file = terminal.file(
        "people.csv",
        "email,roles",
        "new@example.com,",
        "ada@example.com,",
        "eve@example.com,nobody",
    )

    result = terminal.run("import", file)

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "line 3: `ada@example.com` has an account already",
        "line 4: There is no role `nobody`.",
        "Error: Nothing was imported: see above",
    ]
    assert terminal.profile("new@example.com") is None


def test_a_file_that_is_no_text_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"email\n\xff\xfe@example.com\n")

    result = terminal.run("import", str(tmp_path / "people.csv"))

    assert result.exit_code == 1
    assert "is not UTF-8: nothing was imported" in result.output


def test_accounts_of_the_first_registry_are_carried_over_with_their_passwords(
    terminal: Terminal, tmp_path: Path
) -> None:
    """The old table as its own SQLAlchemy model made it in SQLite."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    with closing(sqlite3.connect(tmp_path / "old.db")) as old, old:
        old.execute(
            "CREATE TABLE users (id VARCHAR NOT NULL PRIMARY KEY, email VARCHAR NOT NULL, "
            "name VARCHAR NOT NULL, hashed_password VARCHAR NOT NULL, is_active BOOLEAN NOT NULL, "
            "is_admin BOOLEAN NOT NULL, created_at DATETIME NOT NULL)"
        )
        ada = "5f0c1c52-6f7e-4c3a-9d36-0c3f7c9f4a11"
        when = "2024-05-01 10:00:00.000000"
        old.executemany(
            "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (ada, "ada@example.com", "Ada", hashed, True, True, when),
                ("2", "eve@example.com", "Eve", "md5", False, False, when),
                ("3", "nobody", "Nobody", hashed, True, False, when),
            ],
        )
    source = ("import-legacy", "--from", f"sqlite:///{tmp_path}/old.db", "--table", "users")

    first, again = terminal.run(*source), terminal.run(*source)

    profile = terminal.profile("ada@example.com")
    assert first.stdout == "Carried over 2 accounts\n"
    assert first.stderr.splitlines() == [
        "1 must choose a new password by mail",
        "Left out: `nobody` is not an e-mail address",
    ]
    assert again.stdout == "Carried over 0 accounts\n"
    assert profile is not None
    assert (str(profile.user.id), profile.user.is_admin) == (ada, True)
    assert terminal.fits("ada@example.com", PASSWORD)


def test_an_old_table_that_is_not_there_is_said(terminal: Terminal) -> None:
    missing = terminal.run("import-legacy")
    same = terminal.run("import-legacy", "--table", "users")
    wrong = terminal.run("import-legacy", "--table", "roles")

    assert "There is no table `users_old` there" in missing.output
    assert same.exit_code == 2
    assert "`roles`: there is no column `email`" in wrong.output
