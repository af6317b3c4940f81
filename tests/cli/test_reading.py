"""`list`, `info`, `status`: they tell, and change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Blocks, look


def test_lists_the_blocks_that_there_are(blocks: Blocks, tmp_path: Path) -> None:
    lines = blocks("list", at=tmp_path).out.splitlines()

    assert [line[:24] for line in lines if " core " in line or " auth " in line] == [
        "  auth             1.0.0",
        "  core             1.0.0",
    ]


def test_marks_those_that_are_installed(blocks: Blocks, shop: Path) -> None:
    lines = blocks("list", at=shop).out.splitlines()

    assert [line.split()[1] for line in lines if line.startswith("✓")] == ["core"]


def test_finds_a_block_by_a_word(blocks: Blocks, tmp_path: Path) -> None:
    found = blocks("list", "--search", "SIGNING", "--json", at=tmp_path).document["blocks"]

    assert [block["name"] for block in found] == ["auth"]
    assert found[0]["installed"] is None
    assert found[0]["requires"] == ["core >=1.0"]


def test_nothing_is_found_in_silence(blocks: Blocks, tmp_path: Path) -> None:
    assert blocks("list", "-s", "no such word", at=tmp_path) == Answer(0, "", "")


def test_tells_what_a_block_brings(blocks: Blocks, tmp_path: Path, greetings: Path) -> None:
    assert blocks("info", "./greetings", at=tmp_path) == Answer(
        0,
        """\
greetings 1.2.0
Greetings
Says hello.

Requires:
  core >=1.0

Endpoints:
  GET /greetings/{name}

Tables:
  greetings

Settings:
  GREETINGS_SECRET  Signs each greeting.

Packages:
  humanize>=4

Files:
  modules/greetings/README.md
  modules/greetings/__init__.py
  modules/greetings/block.toml
  modules/greetings/db_models.py
  modules/greetings/router.py
""",
        "",
    )


def test_tells_the_contents_of_its_files(blocks: Blocks, tmp_path: Path, greetings: Path) -> None:
    said = blocks("info", "./greetings", "--files", at=tmp_path).out

    assert "\n=== modules/greetings/README.md\n# Greetings\n" in said


def test_tells_programs_the_same(blocks: Blocks, tmp_path: Path, greetings: Path) -> None:
    document = blocks("info", "./greetings", "--json", at=tmp_path).document

    assert document["name"] == "greetings"
    assert document["endpoints"] == ["GET /greetings/{name}"]
    assert document["tables"] == ["greetings"]
    assert "modules/greetings/router.py" in document["files"]


def test_source_that_cannot_be_read_tells_nothing(
    blocks: Blocks, tmp_path: Path, greetings: Path
) -> None:
    (greetings / "router.py").write_text("this is no Python")

    assert blocks("info", "./greetings", "--json", at=tmp_path).document["endpoints"] == []


def test_a_new_project_is_untouched(blocks: Blocks, shop: Path) -> None:
    assert blocks("status", at=shop) == Answer(
        0,
        "core             1.0.0    untouched\nproject          1.0.0    untouched\n",
        "",
    )


def test_tells_which_files_were_edited_and_deleted(blocks: Blocks, shop: Path) -> None:
    (shop / "app/core/ids.py").write_text("mine\n")
    (shop / "alembic.ini").unlink()

    assert blocks("status", at=shop).out == (
        "core             1.0.0    edited\n"
        "  ~ app/core/ids.py\n"
        "project          1.0.0    deleted\n"
        "  - alembic.ini\n"
    )


def test_tells_programs_how_a_block_stands(blocks: Blocks, shop: Path) -> None:
    (shop / "app/core/ids.py").write_text("mine\n")

    core = blocks("status", "--json", at=shop).document["blocks"][0]

    assert core == {
        "name": "core",
        "version": "1.0.0",
        "standing": "edited",
        "newest": "1.0.0",
        "outdated": False,
        "edited": ["app/core/ids.py"],
        "deleted": [],
        "conflicted": [],
    }


def test_nothing_installed_is_no_failure(blocks: Blocks, tmp_path: Path) -> None:
    assert blocks("status", at=tmp_path) == Answer(0, "", "No blocks are installed here\n")


@pytest.mark.parametrize("words", [["list"], ["info", "auth"], ["status"], ["version"]])
def test_reading_changes_nothing(blocks: Blocks, shop: Path, words: list[str]) -> None:
    before = look(shop)

    assert blocks(*words, at=shop).exit_code == 0
    assert look(shop) == before
