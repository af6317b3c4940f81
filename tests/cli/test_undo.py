"""`undo`: what is said, and what is left on the disk."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Answer, Blocks, look

ADD = ("add", "../greetings", "--no-install", "--quiet")
RECORD = ".blocks/undo/last.json"


def content(root: Path) -> dict[str, bytes]:
    """Every file, but for what `undo` itself needs."""
    found = {path: found[0] for path, found in look(root).items() if found is not None}
    return {path: text for path, text in found.items() if path != RECORD}


def test_takes_back_an_add(blocks: Blocks, shop: Path, greetings: Path) -> None:
    before = content(shop)
    blocks(*ADD, at=shop)

    answer = blocks("undo", at=shop)

    assert answer == Answer(
        0,
        "",
        """\
Removed `greetings` 1.2.0
  ~ .env, .env.example, app/installed.py, blocks.lock, pyproject.toml
  - .blocks/base/ (5 files)
  - .blocks/undo/last.json
  - app/modules/greetings/ (5 files)
  note: `add` is taken back
""",
    )
    assert content(shop) == before
    assert not (shop / ".blocks/undo").exists()


def test_takes_back_a_remove_with_its_secret(blocks: Blocks, shop: Path, greetings: Path) -> None:
    blocks(*ADD, at=shop)
    before = content(shop)
    blocks("remove", "greetings", at=shop)

    answer = blocks("undo", at=shop)

    assert answer.exit_code == 0
    assert answer.err.startswith("Added `greetings` 1.2.0\n")
    assert answer.err.endswith("Next:\n  1. pip install 'humanize>=4'\n")
    assert content(shop) == before


def test_a_second_time_there_is_nothing(blocks: Blocks, shop: Path, greetings: Path) -> None:
    blocks(*ADD, at=shop)
    blocks("undo", at=shop)
    before = look(shop)

    answer = blocks("undo", at=shop)

    assert answer == Answer(0, "", "Nothing to do\n  note: there is no command to take back\n")
    assert look(shop) == before


def test_a_rehearsal_writes_nothing(blocks: Blocks, shop: Path, greetings: Path) -> None:
    blocks(*ADD, at=shop)
    before = look(shop)

    assert blocks("undo", "--dry-run", at=shop).out.startswith("Would remove `greetings` 1.2.0\n")
    assert blocks("undo", "--check", at=shop).exit_code == 4
    assert look(shop) == before


def test_what_you_edited_since_is_named(blocks: Blocks, shop: Path, greetings: Path) -> None:
    blocks(*ADD, at=shop)
    (shop / "app/installed.py").write_text((shop / "app/installed.py").read_text() + "MINE = 1\n")
    before = look(shop)

    answer = blocks("undo", at=shop)

    assert answer.exit_code == 3
    assert answer.err == (
        "error: these were edited since `add`, and would be lost:\n  app/installed.py\n"
        "hint: `fastapi-blocks remove` and `fastapi-blocks add` leave edits alone\n"
    )
    assert look(shop) == before


def test_a_second_add_leaves_the_record_of_the_first(
    blocks: Blocks, shop: Path, greetings: Path
) -> None:
    before = content(shop)
    blocks(*ADD, at=shop)
    blocks(*ADD, at=shop)

    blocks("undo", at=shop)

    assert content(shop) == before


def test_a_new_project_can_be_taken_back(blocks: Blocks, tmp_path: Path) -> None:
    blocks("init", "shop", "--no-install", at=tmp_path)

    answer = blocks("undo", at=tmp_path / "shop")

    assert answer.exit_code == 0
    assert look(tmp_path / "shop") == {}


def test_the_record_is_as_private_as_what_it_holds(
    blocks: Blocks, shop: Path, greetings: Path
) -> None:
    blocks(*ADD, at=shop)
    blocks("remove", "greetings", at=shop)

    record = shop / RECORD

    assert record.stat().st_mode & 0o777 == 0o600
    assert "!/undo" not in (shop / ".blocks/.gitignore").read_text()
    assert "/*" in (shop / ".blocks/.gitignore").read_text().splitlines()
