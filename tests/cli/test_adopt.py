from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Blocks, look


@pytest.fixture
def copied(shop: Path) -> Path:
    """A project whose blocks nobody recorded, with one edit."""
    (shop / "blocks.lock").unlink()
    shutil.rmtree(shop / ".blocks")
    with (shop / "app/core/ids.py").open("a") as file:
        file.write("# ours\n")
    return shop


def test_tells_what_differs_and_records_the_rest(copied: Path, blocks: Blocks) -> None:
    answer = blocks("adopt", at=copied)

    assert answer.exit_code == 0, answer.err
    assert "Adopted `core` 1" in answer.err
    assert "1 differ (app/core/ids.py), 0 are not there" in answer.err
    assert "edited" in blocks("status", at=copied).out
    assert "+# ours" in blocks("diff", "core", at=copied).out


def test_touches_nothing_but_its_own_records(copied: Path, blocks: Blocks) -> None:
    before = look(copied)

    blocks("adopt", at=copied)

    after = look(copied)
    new = {path.partition("/")[0] for path in after.keys() - before.keys()}
    assert {path: after[path] for path in before} == before
    assert new == {"blocks.lock", ".blocks"}


def test_is_taken_back_by_undo(copied: Path, blocks: Blocks) -> None:
    blocks("adopt", at=copied)

    assert blocks("undo", at=copied).exit_code == 0

    assert not (copied / "blocks.lock").exists()


def test_rehearses_and_checks_like_every_command(copied: Path, blocks: Blocks) -> None:
    before = look(copied)

    rehearsed = blocks("adopt", "--dry-run", at=copied)
    checked = blocks("adopt", "--check", "--json", at=copied)

    assert rehearsed.out.startswith("Would adopt `core`")
    assert checked.exit_code == 4
    assert [block["action"] for block in checked.document["blocks"]] == ["adopt"]
    assert look(copied) == before


def test_the_blocks_can_be_in_another_package(copied: Path, blocks: Blocks) -> None:
    answer = blocks("adopt", "--root", "elsewhere", at=copied)

    assert answer.exit_code == 1
    assert "no files of `core` were recognised below `elsewhere/`" in answer.err


def test_a_name_of_the_first_registry_is_understood(copied: Path, blocks: Blocks) -> None:
    answer = blocks("adopt", "log-management", at=copied)

    assert answer.exit_code == 1
    assert "no files of `logs` were recognised" in answer.err


def test_what_is_no_block_is_said_to_be_none(copied: Path, blocks: Blocks) -> None:
    answer = blocks("adopt", "nothing", at=copied)

    assert answer.exit_code == 2
    assert "there is no block `nothing`" in answer.err
