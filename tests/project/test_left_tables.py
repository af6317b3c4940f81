"""What a removed block has left in the database, while the project's own tables come and go."""

from __future__ import annotations

import pytest

from tests.project.generated import Project, new_project

pytestmark = pytest.mark.slow

NOTES = """

class NoteRow(Base):
    __tablename__ = table("notes")

    id: Mapped[int] = mapped_column(primary_key=True)
"""
LEFT = ("user_roles", "role_permissions", "roles")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = new_project(tmp_path_factory.mktemp("left") / "shop", "--with", "auth")
    project.blocks("add", "users", "--no-install", "--yes")
    project.manage("db", "upgrade")
    project.blocks("remove", "users", "--yes")
    return project.with_variables(TEST_STORAGES="sqlite")


def written(project: Project, *arguments: str) -> str:
    """The revision that is written, and run."""
    versions = project.folder / "migrations/versions"
    before = {*versions.iterdir()}
    project.manage("db", "migrate", *arguments)
    [revision] = {*versions.glob("*.py")} - before
    project.manage("db", "upgrade")
    return revision.read_text()


def test_they_are_no_difference(shop: Project) -> None:
    shop.manage("db", "check")
    shop.passes("tests/test_migrations.py", "tests/test_commands.py")


def test_they_stay_until_their_end_is_asked_for(shop: Project) -> None:
    models = shop.folder / "app/main.py"
    without = models.read_text()
    imports = "from sqlalchemy.orm import Mapped, mapped_column\n"
    core = "from app.core.tables import Base, table\n"
    models.write_text(imports + core + without + NOTES)
    env = shop.folder / "migrations/env.py"
    env.write_text(f"import app.main\n{env.read_text()}")

    added = written(shop, "-m", "Add notes")
    models.write_text(without)
    dropped = written(shop, "-m", "Drop notes")
    asked_for = written(shop, "-m", "Drop users", "--drop-left")

    assert "op.create_table('notes'" in added
    assert "op.drop_table('notes')" in dropped
    for table in LEFT:
        assert table not in added + dropped
        assert f"op.drop_table('{table}')" in asked_for
    shop.manage("db", "check")
