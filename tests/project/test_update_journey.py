"""From auth 1.0, edited and reformatted in every file, to a 1.1 with another schema."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.blocks.bundled import EXAMPLE
from tests.project.generated import Project, new_project

pytestmark = pytest.mark.slow

AUTH = "app/modules/auth"
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


def edit(path: Path, old: str, new: str) -> None:
    """The first place only."""
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, 1))


def publish(auth: Path) -> None:
    """Auth 1.1: a column, its migration, an endpoint, a new file, and a renamed one."""
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


def make_it_theirs(shop: Project) -> None:
    """An edit in every file, and more; 120 columns, single quotes, imports in another order."""
    auth = shop.folder / AUTH
    (shop.folder / "ruff.toml").write_text(THEIR_STYLE)
    for source in auth.rglob("*.py"):
        source.write_text(source.read_text() + "\n\n# Ours: see the handbook.\n")
    with (auth / "router.py").open("a") as router:
        router.write(
            "\n\n@router.get('/motto')\nasync def motto() -> Message:\n"
            "    return Message(message='Ours.')\n"
        )
    edit(
        auth / "settings.py",
        "    registration_enabled",
        "    our_motto: str = 'Ours.'\n    registration_enabled",
    )
    (auth / "README.md").unlink()
    shop.module("ruff", "check", "--quiet", "--fix", AUTH)
    shop.module("ruff", "format", "--quiet", AUTH)


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    shutil.copytree(EXAMPLE / AUTH, tmp_path / "auth", ignore=shutil.ignore_patterns("__pycache__"))
    project = new_project(tmp_path / "shop")
    project.blocks("add", "../auth", "--no-install", "--yes")
    return project


def users_of(shop: Project) -> list[tuple[str, str | None]]:
    (database,) = (path for path in shop.folder.rglob("*.db"))
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT email, nickname FROM users").fetchall()


def test_keeps_every_edit_and_all_data(shop: Project) -> None:
    make_it_theirs(shop)
    shop.manage("db", "upgrade")
    shop.blocks("create-dev-user", "--email", "ada@example.com", "--password", "seven green lamps!")
    publish(shop.folder.parent / "auth")

    said = shop.blocks("update", "--no-install")
    again = shop.blocks("update", "--check")
    shop.manage("db", "upgrade")

    auth = shop.folder / AUTH
    edited = [path for path in auth.rglob("*.py") if "# Ours" in path.read_text()]
    assert "Updated `auth` 1.1.0" in said
    assert again.startswith("Nothing to do")
    assert {path.name for path in auth.rglob("*.py")} - {path.name for path in edited} == {
        "0002_nicknames.py",
        "nicknames.py",
    }
    assert not (auth / "README.md").exists()
    assert not (auth / "seeding.py").exists()
    assert "'/motto'" in (auth / "router.py").read_text()
    assert "'/nickname-rules'" in (auth / "router.py").read_text()
    assert users_of(shop) == [("ada@example.com", None)]
    shop.module("ruff", "format", "--check", AUTH, "--exclude", "nicknames.py,0002_nicknames.py")
    shop.module("alembic", "check")
    shop.module(
        "pytest", "-q", f"{AUTH}/tests/test_repositories.py", f"{AUTH}/tests/test_models.py"
    )
