"""From auth 1.0, edited and reformatted in every file, to a 1.1 with another schema.

In a new project on PostgreSQL, and in one that somebody else laid out, on SQLite.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from tests.blocks.bundled import EXAMPLE
from tests.layouts.corpus import FIXTURES
from tests.project.databases import postgres_database
from tests.project.generated import Project, new_project

pytestmark = pytest.mark.slow

AUTH = "app/modules/auth"
USERS = "SELECT email, nickname FROM users"
THEIR_STYLE = """\
line-length = 120
[format]
quote-style = "single"
[lint]
select = ["I"]
isort.force-sort-within-sections = true
"""
MIGRATION = '''\
"""A nickname for every user."""

import sqlalchemy as sa
from alembic import op

from app.core.tables import table

revision = "auth_0002"
down_revision = "auth_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(table("users"), sa.Column("nickname", sa.String(100), nullable=True))


def downgrade() -> None:
    op.drop_column(table("users"), "nickname")
'''
ENDPOINT = '''\
@router.get("/nickname-rules")
async def nickname_rules() -> Message:
    """What a nickname may be."""
    return Message(message=NICKNAME_RULES)


'''
THEIR_ENDPOINT = """

@router.get('/motto')
async def motto() -> Message:
    return Message(message='Ours.')
"""


@dataclass(frozen=True)
class Shop:
    """A project with auth, which came from the folder beside it."""

    project: Project
    root: str
    """The folder of the root package."""
    package: str
    upgrade: tuple[str, ...]
    database: str

    @property
    def auth(self) -> Path:
        return self.project.folder / self.root / "modules" / "auth"

    @property
    def mails(self) -> Path:
        """Where its emails.py goes."""
        return self.project.folder / self.root / "mails" / "to_users.py"

    @property
    def published(self) -> Path:
        return self.project.folder.parent / "auth"

    def users(self) -> list[tuple[str, str | None]]:
        if self.database.startswith("postgresql://"):
            return asyncio.run(asked(self.database))
        with sqlite3.connect(self.database) as connection:
            return connection.execute(USERS).fetchall()


async def asked(url: str) -> list[tuple[str, str | None]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(USERS)]
    finally:
        await connection.close()


def edit(path: Path, old: str, new: str) -> None:
    """The first place only."""
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, 1))


def publish(auth: Path) -> None:
    """Auth 1.1: a column, its migration, an endpoint, other mails, a new and a renamed file."""
    edit(auth / "block.toml", 'version = "1.0.0"', 'version = "1.1.0"')
    with (auth / "block.toml").open("a") as manifest:
        manifest.write('\n[moves]\n"seeding.py" = "first_users.py"\n')
    edit(
        auth / "db_models.py",
        "    failed_logins: Mapped[int]\n",
        "    nickname: Mapped[str | None] = mapped_column(String(100))\n"
        "    failed_logins: Mapped[int]\n",
    )
    (auth / "migrations" / "0002_nicknames.py").write_text(MIGRATION)
    (auth / "nicknames.py").write_text('NICKNAME_RULES = "Whatever your friends call you."\n')
    edit(
        auth / "router.py",
        "from app.modules.auth.password_rules import",
        "from app.modules.auth.nicknames import NICKNAME_RULES\n"
        "from app.modules.auth.password_rules import",
    )
    edit(auth / "router.py", '@router.post("/login")\n', ENDPOINT + '@router.post("/login")\n')
    (auth / "seeding.py").rename(auth / "first_users.py")
    for module in ("commands.py", "lifespan.py"):
        edit(auth / module, "auth.seeding import", "auth.first_users import")
    edit(auth / "emails.py", "/forgot-password", "/lost-password")
    with (auth / "templates" / "welcome.txt").open("a") as template:
        template.write("\nTell your friends.\n")


def make_it_theirs(shop: Shop) -> None:
    """An edit in every file, and more; 120 columns, single quotes, imports in another order."""
    auth = shop.auth
    (shop.project.folder / "ruff.toml").write_text(THEIR_STYLE)
    for source in auth.rglob("*.py"):
        source.write_text(source.read_text() + "\n\n# Ours: see the handbook.\n")
    with (auth / "router.py").open("a") as router:
        router.write(THEIR_ENDPOINT)
    edit(
        auth / "settings.py",
        "    registration_enabled",
        "    our_motto: str = 'Ours.'\n    registration_enabled",
    )
    edit(auth / "throttling.py", "Rule(20, timedelta(hours=5))", "Rule(20, timedelta(hours=6))")
    write_their_own_welcome(shop)
    (auth / "README.md").unlink()
    theirs = (str(auth), str(shop.mails))
    shop.project.module("ruff", "check", "--quiet", "--fix", *theirs)
    shop.project.module("ruff", "format", "--quiet", *theirs)


def write_their_own_welcome(shop: Shop) -> None:
    """In place of the template, in mails that have moved."""
    auth, package = shop.auth, f"{shop.package}.modules.auth"
    (auth / "templates" / "welcome.txt").rename(auth / "templates" / "hello.txt")
    with (auth / "templates" / "hello.txt").open("a") as template:
        template.write("\nWe are glad that you are here.\n")
    edit(auth / "emails.py", '"welcome"', '"hello"')
    edit(auth / "emails.py", "Letters(__package__,", f'Letters("{package}",')
    shop.project.blocks(
        "mv", f"{shop.root}/modules/auth/emails.py", f"{shop.root}/mails/to_users.py", "--yes"
    )
    for source in auth.rglob("*.py"):
        text = source.read_text()
        source.write_text(text.replace(f"{package}.emails ", f"{shop.package}.mails.to_users "))


def joined(folder: Path) -> Shop:
    """The `src` layout of the corpus, with its own Alembic and its own tables."""
    shutil.copytree(FIXTURES / "helper_in_src", folder)
    project = Project(folder)
    project.blocks("add", "../auth", "--no-install", "--yes")
    upgrade = ("-m", "alembic", "upgrade", "head")
    return Shop(project, "src/shop/blocks", "shop.blocks", upgrade, str(folder / "shop.db"))


@pytest.fixture(params=["new, on PostgreSQL", "laid out by others, on SQLite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    shutil.copytree(EXAMPLE / AUTH, tmp_path / "auth", ignore=shutil.ignore_patterns("__pycache__"))
    if request.param.startswith("laid out"):
        yield joined(tmp_path / "shop")
        return
    with postgres_database() as url:
        project = new_project(tmp_path / "shop").with_variables(DATABASE_URL=url)
        project.blocks("add", "../auth", "--no-install", "--yes")
        yield Shop(project, "app", "app", ("manage.py", "db", "upgrade"), url)


def test_keeps_every_edit_and_all_data(shop: Shop) -> None:
    project, auth = shop.project, shop.auth
    python = str(project.python)
    make_it_theirs(shop)
    project.run(python, *shop.upgrade)
    project.blocks(
        "create-dev-user", "--email", "ada@example.com", "--password", "seven green lamps!"
    )
    publish(shop.published)

    said = project.blocks("update", "auth", "--no-install")
    again = project.blocks("update", "auth", "--check")
    project.run(python, *shop.upgrade)

    sources = [*auth.rglob("*.py"), shop.mails]
    without_edits = {path.name for path in sources if "# Ours" not in path.read_text()}
    router, mails = (auth / "router.py").read_text(), shop.mails.read_text()
    assert "Updated `auth` 1.1.0" in said
    assert "templates/welcome.txt` stays deleted" in said
    assert again.startswith("Nothing to do")
    assert without_edits == {"0002_nicknames.py", "nicknames.py"}
    assert not [
        name
        for name in ("README.md", "seeding.py", "emails.py", "templates/welcome.txt")
        if (auth / name).exists()
    ]
    assert "'/motto'" in router
    assert "'/nickname-rules'" in router
    assert "hours=6" in (auth / "throttling.py").read_text()
    assert "/lost-password" in mails
    assert "'hello'" in mails
    assert shop.users() == [("ada@example.com", None)]
    project.module(
        "ruff",
        "format",
        "--check",
        str(auth),
        str(shop.mails),
        "--exclude",
        "nicknames.py,0002_nicknames.py",
    )
    project.module("alembic", "check")
    tests = ("test_repositories.py", "test_emails.py")
    project.passes(*(str(auth / "tests" / name) for name in tests))
