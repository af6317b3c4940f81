"""From one released version to the next, as a registry behind HTTP has both.

`tests/fixtures/released` is such a registry: 1.0 as it was, and 1.1 with another table, a renamed
file and a mended weakness. What was released never changes again, so it is kept, not derived.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from fastapi_registry.adapters.folder import published_in
from fastapi_registry.engine.index import index_of
from tests.project.generated import Project, new_project
from tests.registries import Server, serving

pytestmark = pytest.mark.slow

RELEASED = Path(__file__).parents[1] / "fixtures" / "released"
GUESTBOOK = "app/modules/guestbook"


@pytest.fixture
def registry() -> Iterator[Server]:
    with serving(RELEASED) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, registry: Server) -> Project:
    """On 1.0, with an entry in the book."""
    cache = {"FASTAPI_BLOCKS_CACHE": str(tmp_path / "cache")}
    project = new_project(tmp_path / "shop").with_variables(**cache)
    project.blocks("registry", "add", "@acme", registry.url, "--yes")
    project.blocks("add", "@acme/guestbook@1.0", "--no-install", "--yes")
    project.manage("db", "upgrade")
    with sqlite3.connect(database_of(project)) as connection:
        connection.execute("INSERT INTO guestbook_entries (text) VALUES ('Was here.')")
    return project


def database_of(project: Project) -> Path:
    (database,) = project.folder.rglob("*.db")
    return database


def test_the_index_is_what_build_writes() -> None:
    assert (RELEASED / "registry.json").read_bytes() == index_of(published_in(RELEASED))


def test_takes_only_what_mends_a_weakness_and_keeps_the_data(shop: Project) -> None:
    entries = shop.folder / GUESTBOOK / "entries.py"
    entries.write_text(entries.read_text().replace("the book", "our book"))

    said = shop.blocks("update", "--security", "--no-install", "--yes")
    shop.manage("db", "upgrade")

    reading = (shop.folder / GUESTBOOK / "reading.py").read_text()
    assert "Updated `guestbook` 1.1.0" in said
    assert not entries.exists()
    assert "EntryRow.signature" in reading
    assert "our book" in reading
    with shop.served() as server:
        assert httpx2.get(f"{server.api}/guestbook").json() == ["Was here. (anonymous)"]


def test_the_way_back_is_open_until_the_database_took_it(shop: Project) -> None:
    before = (shop.folder / "blocks.lock").read_bytes()
    shop.blocks("update", "guestbook", "--no-install", "--yes")

    shop.blocks("undo", "--yes")

    assert (shop.folder / "blocks.lock").read_bytes() == before
    assert (shop.folder / GUESTBOOK / "entries.py").exists()
