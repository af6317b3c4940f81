"""`init` and `setup`: new projects, and folders where something is already."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Blocks, look

INIT = ("init", "--no-install")


def test_tells_what_it_made_and_what_comes_next(
    blocks: Blocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    answer = blocks(*INIT, "shop", at=tmp_path)

    assert answer.exit_code == 0
    assert answer.out == ""
    head, next_steps = answer.err.split("Next:\n")
    assert head.startswith("Added `project` 1.0.0, `core` 1.0.0\n  + ")
    assert "  + app/ (" in head
    assert "  + pyproject.toml\n" in head
    assert next_steps.startswith("  1. cd shop\n  2. ")
    assert next_steps.endswith("  4. fastapi-blocks add auth\n  5. .venv/bin/fastapi dev\n")


def test_starts_in_the_folder_itself(blocks: Blocks, tmp_path: Path) -> None:
    answer = blocks(*INIT, at=tmp_path)

    assert answer.exit_code == 0
    assert "cd " not in answer.err.split("Next:")[1]
    assert (tmp_path / "app/main.py").is_file()


def test_a_folder_can_be_named_by_the_common_flag(blocks: Blocks, tmp_path: Path) -> None:
    assert blocks(*INIT, "-p", str(tmp_path / "shop"), at=tmp_path).exit_code == 0

    assert (tmp_path / "shop/app/main.py").is_file()


def test_names_the_project_after_its_folder(blocks: Blocks, tmp_path: Path) -> None:
    blocks(*INIT, "My Shop", at=tmp_path)

    assert project_table(tmp_path / "My Shop")["name"] == "my-shop"


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("Zażółć Shop!", "zazolc-shop"),
        ("日本", "project"),
        ("2026", "project-2026"),
        ('"; rm -rf /; echo "', "rm-rf-echo"),
        ("\x1b[31mred\x1b[0m\n[tool.evil]", "project-31mred-0m-tool-evil"),
        ("{{ name }}", "name"),
        ("a" * 10_000, "a" * 10_000),
    ],
)
def test_any_name_will_do(blocks: Blocks, tmp_path: Path, name: str, distribution: str) -> None:
    answer = blocks(*INIT, "shop", "--name", name, at=tmp_path)

    assert answer.exit_code == 0
    assert "\x1b" not in answer.err
    assert project_table(tmp_path / "shop")["name"] == distribution


def test_a_name_of_nothing_is_refused(blocks: Blocks, tmp_path: Path) -> None:
    answer = blocks(*INIT, "shop", "--name", " ", at=tmp_path)

    assert answer == Answer(2, "", "error: a project needs a name\nhint: write `--name shop`\n")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_files_is_left_alone(blocks: Blocks, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    answer = blocks(*INIT, at=tmp_path)

    assert answer == Answer(
        3,
        "",
        "error: there is a file in this folder already\n"
        "hint: choose an empty folder; or see what `--force --dry-run` would overwrite\n",
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "notes.txt"]


def test_force_keeps_the_files_that_are_not_in_the_way(blocks: Blocks, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    assert blocks(*INIT, "--force", at=tmp_path).exit_code == 0

    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_force_tells_what_it_overwrites(blocks: Blocks, tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text("mine")

    answer = blocks(*INIT, "--force", "--dry-run", at=tmp_path)

    assert "  ~ manage.py\n" in answer.out
    assert (tmp_path / "manage.py").read_text() == "mine"


def test_a_fresh_git_repository_is_an_empty_folder(blocks: Blocks, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")

    assert blocks(*INIT, at=tmp_path).exit_code == 0


def test_doing_it_again_changes_nothing(blocks: Blocks, shop: Path) -> None:
    before = look(shop)

    answer = blocks(*INIT, at=shop)

    assert answer == Answer(0, "", "Nothing to do: `project` 1.0.0, `core` 1.0.0 installed\n")
    assert look(shop) == before


def test_a_rehearsal_makes_no_folder(blocks: Blocks, tmp_path: Path) -> None:
    answer = blocks(*INIT, "shop", "--dry-run", at=tmp_path)

    assert answer.exit_code == 0
    assert answer.out.startswith("Would add `project` 1.0.0, `core` 1.0.0\n")
    assert list(tmp_path.iterdir()) == []


def test_takes_blocks_along(blocks: Blocks, tmp_path: Path, greetings: Path) -> None:
    answer = blocks(*INIT, "shop", "--with", "./greetings", at=tmp_path)

    assert answer.err.startswith("Added `project` 1.0.0, `core` 1.0.0, `greetings` 1.2.0\n")
    assert (tmp_path / "shop/app/modules/greetings/router.py").is_file()


def test_an_unknown_block_is_told_before_anything_is_made(blocks: Blocks, tmp_path: Path) -> None:
    answer = blocks(*INIT, "shop", "--with", "auht", at=tmp_path)

    assert answer.exit_code == 2
    assert answer.err.startswith("error: there is no block `auht`\nhint: did you mean `auth`?")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("init", "--all"), ("setup",)])
def test_setup_is_init_with_all_blocks(
    blocks: Blocks, tmp_path: Path, words: tuple[str, ...]
) -> None:
    offered = {block["name"] for block in blocks("list", "--json", at=tmp_path).document["blocks"]}

    document = blocks(*words, "shop", "--no-install", "--json", at=tmp_path).document

    assert {block["name"] for block in document["blocks"]} == offered | {"project"}


@pytest.mark.parametrize(
    ("database", "line"), [("memory", "DATABASE_URL=memory://"), ("sqlite", None)]
)
def test_the_database_is_chosen_in_the_environment(
    blocks: Blocks, tmp_path: Path, database: str, line: str | None
) -> None:
    blocks(*INIT, "shop", "--database", database, at=tmp_path)

    chosen = [
        text
        for text in (tmp_path / "shop/.env").read_text().splitlines()
        if text.startswith("DATABASE_URL=")
    ]
    assert chosen == ([line] if line else [])


def test_requirements_are_kept_in_a_file_of_their_own_from_then_on(
    blocks: Blocks, tmp_path: Path
) -> None:
    shop = tmp_path / "shop"
    blocks(*INIT, "shop", "--requirements", at=tmp_path)
    assert blocks("add", "auth", "--no-install", at=shop).exit_code == 0
    assert "pyjwt>=2.12\n" in (shop / "requirements.txt").read_text()
    assert "dependencies" not in project_table(shop)
    assert "COPY requirements*.txt ./\n" in (shop / "Dockerfile").read_text()

    blocks("remove", "auth", "--yes", at=shop)
    assert "pyjwt" not in (shop / "requirements.txt").read_text()


def test_secrets_differ_and_are_private(blocks: Blocks, tmp_path: Path) -> None:
    blocks(*INIT, "one", at=tmp_path)
    blocks(*INIT, "two", at=tmp_path)

    one, two = tmp_path / "one/.env", tmp_path / "two/.env"
    assert one.read_bytes() != two.read_bytes()
    assert one.stat().st_mode & 0o077 == 0


def project_table(root: Path) -> dict[str, object]:
    table: dict[str, object] = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return table
