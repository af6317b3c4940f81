"""`check`: does a block tell the truth?"""

from __future__ import annotations

from pathlib import Path

import pytest

from fastapi_registry.adapters.bundled import EXAMPLE_PROJECT
from tests.cli.conftest import Answer, Blocks, look
from tests.cli.test_update import edit


@pytest.fixture
def honest(greetings: Path) -> Path:
    """`greetings`, with all that a block must have."""
    (greetings / "tests").mkdir()
    (greetings / "tests/test_router.py").write_text("import pytest\n")
    (greetings / "LICENSE").write_text("MIT\n")
    (greetings / "settings.py").write_text(
        "import humanize\n\nfrom app.core.config import Flat\n\nNAME = Flat('GREETINGS_SECRET')\n"
    )
    return greetings


def test_an_honest_block_passes(blocks: Blocks, honest: Path) -> None:
    before = look(honest)

    answer = blocks("check", at=honest)

    assert answer == Answer(0, "", "`greetings`: nothing untrue was found\n")
    assert look(honest) == before


def test_the_blocks_that_come_with_the_tool_pass(blocks: Blocks, tmp_path: Path) -> None:
    answer = blocks("check", str(EXAMPLE_PROJECT), at=tmp_path)

    untrue = [line for line in answer.out.splitlines() if "LICENSE" not in line]
    assert untrue == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "block.toml",
            'python = ["humanize >=4"]',
            "",
            "modules/greetings/settings.py:1: imports `humanize`, and no package under `python` "
            "brings it",
        ),
        (
            "block.toml",
            "humanize >=4",
            "humanize",
            "modules/greetings/block.toml: `humanize` has no lowest version",
        ),
        (
            "block.toml",
            "GREETINGS_SECRET",
            "GREETINGS_KEY",
            "modules/greetings/block.toml: `env` lists `GREETINGS_KEY`, which no setting reads",
        ),
        (
            "settings.py",
            "GREETINGS_SECRET",
            "GREETINGS_KEY",
            "modules/greetings/settings.py:5: reads `GREETINGS_KEY`, which is not under `env`",
        ),
        (
            "router.py",
            "from app.core",
            "from app.modules.auth import block\nfrom app.core",
            "modules/greetings/router.py:1: imports `auth`, which is not required",
        ),
        (
            "router.py",
            "from app.core",
            "from app.main import app\nfrom app.core",
            "modules/greetings/router.py:1: imports what imports the blocks: that is a circle",
        ),
        (
            "block.toml",
            '"core >=1.0"',
            '"core >=1.0", "auth >=1.0"',
            "modules/greetings/block.toml: it requires `auth`, and imports nothing from it",
        ),
        (
            "block.toml",
            'title = "Greetings"',
            'title = "Greetings"\nrewrite = ["GUIDE.md"]',
            "modules/greetings/block.toml: `rewrite` names `GUIDE.md`, which is not there",
        ),
    ],
)
def test_says_where_it_is_not_true(
    blocks: Blocks, honest: Path, file: str, old: str, new: str, said: str
) -> None:
    edit(honest / file, old, new)

    answer = blocks("check", str(honest), at=honest.parent)

    assert answer.exit_code == 1
    assert said in answer.out.splitlines()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("README.md", "there is no README.md"),
        ("tests/test_router.py", "no tests travel with it"),
        (
            "LICENSE",
            "no LICENSE says who may use it: put one into its folder or the repository's",
        ),
    ],
)
def test_misses_what_every_block_has(blocks: Blocks, honest: Path, file: str, said: str) -> None:
    (honest / file).unlink()

    (block,) = blocks("check", "--json", at=honest).document["blocks"]

    assert block["untruths"] == [{"path": "modules/greetings/block.toml", "line": 0, "what": said}]


def test_of_a_project_only_your_own_blocks_are_judged(blocks: Blocks, shop: Path) -> None:
    (shop / "app/core/README.md").unlink()
    none = blocks("check", at=shop / "app/modules")
    blocks("new-block", "notes", at=shop)

    answer = blocks("check", "--json", at=shop / "app/modules")

    assert none == Answer(0, "", "No block of yours is here, only those that `add` brought\n")
    assert [block["name"] for block in answer.document["blocks"]] == ["notes"]


def test_a_folder_without_blocks_is_told(blocks: Blocks, tmp_path: Path) -> None:
    assert blocks("check", at=tmp_path).exit_code == 2
