"""`new-block`: the skeleton of a block of one's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Blocks, look

INVOICES = "app/modules/invoices_of_ours"


def test_it_runs_tells_the_truth_and_passes_its_own_test(blocks: Blocks, shop: Path) -> None:
    answer = blocks("new-block", "invoices-of-ours", at=shop)
    (shop / INVOICES / "LICENSE").write_text("MIT\n")
    checked = blocks("check", INVOICES, at=shop)
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", INVOICES],
        cwd=shop,
        env={"TEST_STORAGES": "sqlite"},
        capture_output=True,
        text=True,
    )

    assert answer.exit_code == 0
    assert "    invoices_of_ours,\n" in (shop / "app/installed.py").read_text()
    assert (checked.exit_code, checked.out) == (0, "")
    assert tested.returncode == 0, tested.stdout


def test_nothing_but_its_owner_knows_it(blocks: Blocks, shop: Path) -> None:
    blocks("new-block", "invoices", at=shop)

    assert b"invoices" not in (shop / "blocks.lock").read_bytes()
    assert blocks("update", "invoices", at=shop).exit_code == 2


def test_it_can_be_taken_back(blocks: Blocks, shop: Path) -> None:
    before = {path: found for path, found in look(shop).items() if not path.startswith(".blocks")}

    blocks("new-block", "invoices", at=shop)
    blocks("undo", at=shop)

    after = {path: found for path, found in look(shop).items() if not path.startswith(".blocks")}
    assert after.keys() == before.keys()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        *((name, "call yours something else") for name in ("auth", "core")),
        *((name, "small letters, digits") for name in ("1st", "class", "a/b", "a b", 'a"b', "")),
    ],
)
def test_a_name_that_cannot_be_is_refused(blocks: Blocks, shop: Path, name: str, hint: str) -> None:
    before = look(shop)

    answer = blocks("new-block", name, "--json", at=shop)

    assert answer.exit_code == 2
    assert answer.document["error"]["hint"].startswith(hint)
    assert look(shop) == before


def test_tells_what_it_did_and_what_comes_next(blocks: Blocks, shop: Path) -> None:
    rehearsed = blocks("new-block", "my-notes", "--dry-run", at=shop)
    answer = blocks("new-block", "my-notes", at=shop)
    again = blocks("new-block", "my-notes", at=shop)

    assert rehearsed.out.startswith("Would add `my_notes` 0.1.0\n")
    assert answer.err.startswith("Added `my_notes` 0.1.0\n")
    assert answer.err.endswith(
        "Next:\n  1. pytest app/modules/my_notes\n  2. fastapi-blocks check app/modules/my_notes\n"
    )
    assert again.exit_code == 3
    assert again.err.endswith("hint: call yours something else\n")


def test_a_folder_that_is_there_stays_as_it_is(blocks: Blocks, shop: Path) -> None:
    (shop / "app/modules/invoices").mkdir(parents=True)
    (shop / "app/modules/invoices/mine.py").write_text("mine = 1\n")

    assert blocks("new-block", "invoices", at=shop).exit_code == 3
