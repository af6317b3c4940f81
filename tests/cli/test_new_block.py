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
    ("name", "exit_code"), [("auth", 2), ("core", 2), ("1st", 1), ("class", 1), ("a/b", 1)]
)
def test_a_name_that_cannot_be_is_refused(
    blocks: Blocks, shop: Path, name: str, exit_code: int
) -> None:
    before = look(shop)

    assert blocks("new-block", name, at=shop).exit_code == exit_code
    assert look(shop) == before


def test_a_folder_that_is_there_stays_as_it_is(blocks: Blocks, shop: Path) -> None:
    (shop / "app/modules/invoices").mkdir(parents=True)
    (shop / "app/modules/invoices/mine.py").write_text("mine = 1\n")

    assert blocks("new-block", "invoices", at=shop).exit_code == 3
