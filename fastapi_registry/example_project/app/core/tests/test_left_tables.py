"""Which tables are those of removed blocks, and that Alembic passes over them."""

from pathlib import Path

import pytest
from alembic.config import Config

from app.core.blocks import Block
from app.core.left_tables import DROP_LEFT, leaving_alone, left_tables, tables_to_drop
from app.core.outbox import MailRow
from app.core.tables import table

REVISION = 'revision = "{}"\ndown_revision = {}\n'
HERE = (Block(name="shelf"),)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Of a history with an installed block, a removed one, and a revision of the user's."""
    versions = tmp_path / "versions"
    versions.mkdir()
    steps = {
        "shelf_0001_books": 'BOOKS = table("books")',
        "shelf_life_0001_dates": f'DATES, MAILS = table("dates"), table("{_own_name(MailRow)}")',
        "20260701_notes": 'NOTES = sa.table("notes"); op.create_table("pages")',
    }
    before = "None"
    for name, body in steps.items():
        (versions / f"{name}.py").write_text(REVISION.format(name, before) + f"# {body}\n")
        before = f'"{name}"'
    made = Config()
    made.set_main_option("script_location", str(tmp_path))
    return made


def _own_name(row: type[MailRow]) -> str:
    return row.__tablename__.removeprefix(table(""))


def test_left_is_what_a_removed_block_named_and_no_model_has(config: Config) -> None:
    assert left_tables(config, HERE) == {table("dates")}


def test_alembic_looks_at_all_tables_but_those(config: Config) -> None:
    includes = leaving_alone(config, HERE)

    assert not includes(table("dates"), "table", {})
    assert includes(table("books"), "table", {})
    assert includes("notes", "table", {})
    assert includes(table("dates"), "schema", {})


def test_they_are_dropped_where_that_is_asked_for(config: Config) -> None:
    assert tables_to_drop(config, HERE) == frozenset()

    config.attributes[DROP_LEFT] = True

    assert tables_to_drop(config, HERE) == {table("dates")}
    assert leaving_alone(config, HERE)(table("dates"), "table", {})
