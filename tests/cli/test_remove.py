"""`remove`: what is said, what is left, and what the project's own database has to say."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from fastapi_registry.adapters.database import revisions_of_the_database
from fastapi_registry.engine.layout import Layout
from tests.cli.conftest import Answer, Blocks, a_block, look

ADD = ("add", "../greetings", "--no-install", "--quiet")
REMOVE = ("remove", "greetings")
ROUTER = "app/modules/greetings/router.py"
REVISION = "migrations/versions/greetings_0001_first.py"


@pytest.fixture(autouse=True)
def added(blocks: Blocks, shop: Path, greetings: Path) -> dict[str, bytes]:
    """The project as it was before `greetings` was added."""
    before = content(shop)
    assert blocks(*ADD, at=shop).exit_code == 0
    return before


def content(root: Path) -> dict[str, bytes]:
    """Every file, but for what `undo` needs."""
    files = {path: found[0] for path, found in look(root).items() if found is not None}
    return {path: text for path, text in files.items() if not path.startswith(".blocks/undo/")}


def test_tells_what_it_took_out(blocks: Blocks, shop: Path, added: dict[str, bytes]) -> None:
    answer = blocks(*REMOVE, at=shop)

    assert answer == Answer(
        0,
        "",
        """\
Removed `greetings` 1.2.0
  ~ .env, .env.example, app/installed.py, blocks.lock, pyproject.toml
  - .blocks/base/ (5 files)
  - app/modules/greetings/ (5 files)
  packages: humanize>=4
  settings: GREETINGS_SECRET
""",
    )
    assert content(shop) == added


def test_a_rehearsal_writes_nothing(blocks: Blocks, shop: Path) -> None:
    before = look(shop)

    answer = blocks(*REMOVE, "--dry-run", at=shop)

    assert answer.exit_code == 0
    assert answer.out.startswith("Would remove `greetings` 1.2.0\n  ~ .env, ")
    assert blocks(*REMOVE, "--check", at=shop).exit_code == 4
    assert look(shop) == before


def test_the_plan_as_json(blocks: Blocks, shop: Path) -> None:
    document = blocks(*REMOVE, "--json", at=shop).document

    assert document["ok"]
    assert document["blocks"] == [{"name": "greetings", "version": "1.2.0", "action": "remove"}]
    assert document["env"] == ["GREETINGS_SECRET"]
    assert {"path": ROUTER, "kind": "delete"}.items() <= by_path(document["changes"])[
        ROUTER
    ].items()


def by_path(changes: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {change["path"]: change for change in changes}


def test_an_edited_file_stays_and_is_left_to_you(blocks: Blocks, shop: Path) -> None:
    with (shop / ROUTER).open("a") as file:
        file.write("MINE = 1\n")

    answer = blocks(*REMOVE, at=shop)

    assert answer.exit_code == 3
    assert answer.err.endswith(
        "Left to you:\n"
        "  1. you edited this file of `greetings`, so it stays: delete it, or make it yours "
        f"({ROUTER})\n"
    )
    assert [path.name for path in (shop / "app/modules/greetings").iterdir()] == ["router.py"]


def test_code_of_yours_that_imports_it_is_named(blocks: Blocks, shop: Path) -> None:
    (shop / "app/jobs.py").write_text("import json\n\nfrom app.modules.greetings import block\n")
    before = look(shop)

    answer = blocks(*REMOVE, at=shop)

    assert answer == Answer(
        3,
        "",
        "error: your code still imports `greetings`:\n  app/jobs.py:3\n"
        "hint: take these imports out, then run this command again\n",
    )
    assert look(shop) == before


@pytest.mark.parametrize(
    ("name", "exit_code", "message"),
    [
        ("project", 2, "`project` is what `init` made around the blocks, and is yours"),
        ("core", 2, "`core` cannot be removed here: `init` built this application on it"),
        ("two-factor", 2, "`two_factor` is not installed here"),
        ("./greetings", 2, "`./greetings` does not name a block"),
    ],
)
def test_what_cannot_be_removed_is_told(
    blocks: Blocks, shop: Path, name: str, exit_code: int, message: str
) -> None:
    before = look(shop)

    answer = blocks("remove", name, at=shop)

    assert (answer.exit_code, answer.err.splitlines()[0]) == (exit_code, f"error: {message}")
    assert look(shop) == before


def test_a_block_that_another_needs_stays(blocks: Blocks, shop: Path, tmp_path: Path) -> None:
    other = a_block(tmp_path / "farewells", "farewells")
    manifest = (other / "block.toml").read_text().replace('core >=1.0"', 'core >=1.0", "greetings"')
    (other / "block.toml").write_text(manifest)
    assert blocks("add", "../farewells", "--no-install", at=shop).exit_code == 0

    answer = blocks(*REMOVE, at=shop)

    assert answer == Answer(
        3,
        "",
        "error: `greetings` is still needed: farewells → greetings\n"
        "hint: remove them together: `fastapi-blocks remove greetings farewells`\n",
    )


def test_a_folder_without_blocks_is_told(blocks: Blocks, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    answer = blocks(*REMOVE, at=tmp_path / "empty")

    assert answer.exit_code == 1
    assert "is no project with blocks" in answer.err


@pytest.fixture
def with_a_revision(blocks: Blocks, shop: Path, greetings: Path) -> Path:
    """The block again, now with a table."""
    (greetings / "migrations").mkdir()
    (greetings / "migrations/0001_first.py").write_text(
        'revision = "greetings_0001"\ndown_revision = None\nbranch_labels = depends_on = None\n'
    )
    blocks(*REMOVE, at=shop)
    blocks(*ADD, at=shop)
    assert (shop / REVISION).is_file()
    return shop


def run_at(revision: str, database: Path, table: str = "alembic_version") -> None:
    """As Alembic leaves a database that has run everything up to `revision`."""
    with sqlite3.connect(database) as connection:
        connection.execute(f"CREATE TABLE {table} (version_num VARCHAR(32))")
        connection.execute(f"INSERT INTO {table} VALUES (?)", (revision,))  # noqa: S608
    connection.close()


def test_what_the_database_has_run_stays(
    blocks: Blocks, with_a_revision: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = with_a_revision
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    run_at("greetings_0001", shop / "app.db")

    answer = blocks(*REMOVE, at=shop)

    assert answer.exit_code == 0
    assert (shop / REVISION).is_file()
    assert "GREETINGS_SECRET=" in (shop / ".env").read_text()
    assert (
        "  note: greetings_0001 was run: that stays as history; to drop its tables: "
        f"`python manage.py db downgrade core_0001`, then delete {REVISION}\n"
    ) in answer.err


def test_what_it_has_run_is_known_whatever_the_version_table_is_called(
    blocks: Blocks, with_a_revision: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And whoever else keeps a history in the same database."""
    shop = with_a_revision
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    run_at("somebody_else_0007", shop / "app.db")
    run_at("greetings_0001", shop / "app.db", table="shop_history")

    answer = blocks(*REMOVE, at=shop)

    assert "greetings_0001 was run" in answer.err
    assert "core_0001 was run" not in answer.err
    assert (shop / REVISION).is_file()


def test_what_it_has_not_run_goes(
    blocks: Blocks, with_a_revision: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = with_a_revision
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    run_at("core_0001", shop / "app.db")
    before = (shop / "app.db").read_bytes()

    answer = blocks(*REMOVE, at=shop)

    assert "note:" not in answer.err
    assert not (shop / REVISION).exists()
    assert (shop / "app.db").read_bytes() == before


def test_a_database_that_is_not_there_is_not_made(
    blocks: Blocks, with_a_revision: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = with_a_revision
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)

    answer = blocks(*REMOVE, at=shop)

    assert "note:" not in answer.err
    assert not (shop / "app.db").exists()


def test_a_database_file_is_looked_for_where_the_project_is_run(
    with_a_revision: Path, tmp_path: Path
) -> None:
    run_at("greetings_0001", with_a_revision / "app.db")
    (tmp_path / "whole").mkdir()
    with_a_revision.rename(tmp_path / "whole/backend")
    layout = Layout(root_path="backend/app", alembic="cd backend && alembic")
    whole, environment = tmp_path / "whole", {"VIRTUAL_ENV": sys.prefix}

    ran = revisions_of_the_database(whole, layout, environment, {"greetings_0001"})

    assert ran == frozenset({"greetings_0001"})


def test_without_an_interpreter_nobody_can_be_asked(blocks: Blocks, with_a_revision: Path) -> None:
    answer = blocks(*REMOVE, at=with_a_revision)

    assert "  note: no database answered: greetings_0001 counted as never run\n" in answer.err
    assert not (with_a_revision / REVISION).exists()
