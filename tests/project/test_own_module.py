"""A module of the user's own, written as AGENTS.md says: it works, and the rules guard it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents.pages import page
from tests.project.generated import Project, new_project

pytestmark = pytest.mark.slow

ROUTER = '''"""Books over HTTP."""

from app.core.caller import CurrentCaller
from app.core.routing import BlockRouter
from app.core.work import Work
from app.modules.books.repositories import BookRepository
from app.modules.books.schemas import BookView, NewBook

{pattern}'''
FILES = {
    "__init__.py": '''"""Books and who owns them."""

from app.core.blocks import Block
from app.modules.books.router import router

block = Block(name="books", router=router)
''',
    "db_models.py": '''"""Where books are kept."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.tables import Base, table


class BookRow(Base):
    __tablename__ = table("books")

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    owner: Mapped[UUID]
''',
    "repositories.py": '''"""The queries of books."""

from uuid import UUID

from app.core.ids import uuid7
from app.core.work import UnitOfWork
from app.modules.books.db_models import BookRow


class BookRepository:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def add(self, title: str, owner: UUID) -> BookRow:
        session = await self._work.writing()
        session.add(book := BookRow(id=uuid7(), title=title, owner=owner))
        await session.flush()
        return book
''',
    "schemas.py": '''"""Books as they travel."""

from uuid import UUID

from app.core.schemas import ApiModel


class NewBook(ApiModel):
    title: str


class BookView(ApiModel):
    id: UUID
    title: str
''',
}
TEST = '''"""Books over HTTP."""

from app.modules.auth.testing import LoginAs


async def test_who_is_signed_in_adds_a_book(login_as: LoginAs) -> None:
    ada = await login_as("ada@example.com")

    answer = await ada.post("/api/v1/books", json={"title": "Notes"})

    assert answer.status_code == 201
    assert answer.json()["title"] == "Notes"
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = new_project(tmp_path_factory.mktemp("own") / "shop", "--with", "auth")
    [pattern] = page(made.folder / "AGENTS.md").samples()  # all that it has
    assert pattern.language == "python"
    module = made.folder / "app/modules/books"
    module.mkdir()
    for name, content in {**FILES, "router.py": ROUTER.format(pattern=pattern.text)}.items():
        (module / name).write_text(content)
    (made.folder / "tests/test_books.py").write_text(TEST)
    hub = made.folder / "app/installed.py"
    joined = hub.read_text().replace("    auth,\n)", "    auth,\n    books,\n)")
    hub.write_text(
        joined.replace("\n\nBLOCKS", "\nfrom app.modules.books import block as books\n\nBLOCKS")
    )
    return made.with_variables(TEST_STORAGES="sqlite")


def test_it_works_and_holds_the_projects_own_style(project: Project) -> None:
    project.passes("tests/test_books.py", "tests/test_architecture.py")
    project.module("ruff", "check", "app/modules/books", "app/installed.py", "tests")
    project.module("ruff", "format", "--check", "app/modules/books", "app/installed.py")


def test_it_gets_a_migration(project: Project) -> None:
    project.manage("db", "upgrade")

    assert "_add_books.py" in project.manage("db", "migrate", "-m", "Add books")
    assert "The database is at" in project.manage("db", "upgrade")


def test_it_may_not_reach_into_a_block(project: Project) -> None:
    reaching = {
        "app/modules/books/reaching.py": "from ..auth.repositories import UserRepository\n",
        "app/jobs.py": "import app.modules.auth.repositories\n",
        "app/modules/books/service.py": "from fastapi import Request\n",
        "app/core/upwards.py": "from app.modules.books import block\n",
    }
    for path, line in reaching.items():
        (project.folder / path).write_text(line)

    said = project.module("pytest", "-q", "tests/test_architecture.py", expected=1)

    for path in reaching:
        (project.folder / path).unlink()
        assert f"[{Path(path).relative_to('app').as_posix()}]" in said
    assert f"{len(reaching)} failed" in said


def test_its_hooks_find_what_is_against_the_style(project: Project) -> None:
    (project.folder / ".venv").symlink_to(project.python.parent.parent)
    unused = project.folder / "app/modules/books/unused.py"
    unused.write_text('"""Nobody needs it."""\n\nimport ast\nx  =  1\n')
    for command in (("git", "init", "-q"), ("git", "add", "app/modules/books", "*.yaml", "*.toml")):
        project.run(*command)

    said = project.run("prek", "run", "ruff-check", "ruff-format", "--all-files", expected=1)

    assert said.count("files were modified by this hook") == 2
    assert unused.read_text() == '"""Nobody needs it."""\n\nx = 1\n'
