"""`add`: what is said, what is written, and that it is one plan."""

from __future__ import annotations

import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Blocks, look

ADD = ("add", "../greetings", "--no-install")


@pytest.fixture(autouse=True)
def _block(greetings: Path) -> None:
    """Beside the project of each test."""


def test_tells_what_it_did(blocks: Blocks, shop: Path) -> None:
    answer = blocks(*ADD, at=shop)

    assert answer == Answer(
        0,
        "",
        """\
Added `greetings` 1.2.0
  + .blocks/base/ (5 files)
  + app/modules/greetings/ (5 files)
  ~ .env, .env.example, app/installed.py, blocks.lock, pyproject.toml
  packages: humanize>=4
  settings: GREETINGS_SECRET
Next:
  1. pip install 'humanize>=4'
""",
    )


def test_verbose_names_each_file(blocks: Blocks, shop: Path) -> None:
    said = blocks(*ADD, "--verbose", at=shop).err

    assert "  + app/modules/greetings/router.py\n" in said
    assert "  ~ app/installed.py\n" in said


def test_quiet_says_nothing(blocks: Blocks, shop: Path) -> None:
    assert blocks(*ADD, "--quiet", at=shop) == Answer(0, "", "")


def test_a_second_add_changes_no_byte_and_no_time(blocks: Blocks, shop: Path) -> None:
    blocks(*ADD, at=shop)
    before = look(shop)

    answer = blocks(*ADD, at=shop)

    assert answer == Answer(0, "", "Nothing to do: `greetings` 1.2.0 installed\n")
    assert look(shop) == before


def test_is_found_from_a_folder_within_the_project(blocks: Blocks, shop: Path) -> None:
    (shop / "app/modules/mine").mkdir(parents=True)

    answer = blocks("add", "../../../../greetings", "--no-install", at=shop / "app/modules/mine")

    assert answer.exit_code == 0
    assert (shop / "app/modules/greetings/router.py").is_file()


def test_the_project_can_be_named(blocks: Blocks, shop: Path, tmp_path: Path) -> None:
    answer = blocks("add", "./greetings", "--no-install", "-p", str(shop), at=tmp_path)

    assert answer.exit_code == 0
    assert 'source = "../greetings"' in (shop / "blocks.lock").read_text()


def test_a_rehearsal_shows_the_plan_as_data_and_writes_nothing(blocks: Blocks, shop: Path) -> None:
    before = look(shop)

    answer = blocks(*ADD, "--dry-run", at=shop)

    assert answer.exit_code == 0
    assert answer.out.startswith("Would add `greetings` 1.2.0\n  + ")
    assert answer.err == ""
    assert look(shop) == before


def test_the_diff_shows_the_lines_but_no_secret(blocks: Blocks, shop: Path) -> None:
    said = blocks(*ADD, "--dry-run", "--diff", at=shop).out

    assert "--- a/app/installed.py\n+++ b/app/installed.py\n" in said
    assert "+from app.modules.greetings import block as greetings\n" in said
    assert "--- /dev/null\n+++ b/app/modules/greetings/router.py\n" in said
    assert "+GREETINGS_SECRET=…\n" in said
    assert secret_of(shop, "SECRET_KEY") not in said


def test_the_diff_is_in_the_document_too(blocks: Blocks, shop: Path) -> None:
    document = blocks(*ADD, "--dry-run", "--diff", "--json", at=shop).document

    assert "\n+from app.modules.greetings import block as greetings\n" in document["diff"]
    assert "\n+GREETINGS_SECRET=…\n" in document["diff"]
    assert secret_of(shop, "SECRET_KEY") not in document["diff"]
    assert "diff" not in blocks(*ADD, "--dry-run", "--json", at=shop).document


def test_a_later_add_decides_nothing_anew(blocks: Blocks, shop: Path) -> None:
    before = look(shop)

    answer = blocks(*ADD, "--table-prefix", "x y", at=shop)

    assert answer == Answer(
        2,
        "",
        "error: `--table-prefix x y` comes too late: the tables have no prefix\n"
        "hint: the first `add` decided that, and it stays: leave out `--table-prefix`\n",
    )
    assert look(shop) == before
    assert blocks(*ADD, "--root", "app", "--app", "app.main:app", at=shop).exit_code == 0


def test_what_git_would_leave_out_is_a_step(blocks: Blocks, shop: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=shop, check=True)
    with (shop / ".gitignore").open("a") as file:
        file.write("greetings/\n*.gz\n")

    answer = blocks(*ADD, "--json", at=shop)

    assert answer.exit_code == 0
    (step,) = [step for step in answer.document["next"] if step.startswith("git ignores")]
    assert step.startswith("git ignores app/modules/greetings/ (`greetings/` in .gitignore, line ")
    assert step.endswith("`fastapi-blocks doctor` has the lines to paste")


def test_check_writes_nothing_and_finds_something(blocks: Blocks, shop: Path) -> None:
    before = look(shop)

    assert blocks(*ADD, "--check", at=shop).exit_code == 4
    assert look(shop) == before


def test_check_finds_nothing_when_it_is_there(blocks: Blocks, shop: Path) -> None:
    blocks(*ADD, at=shop)

    answer = blocks(*ADD, "--check", at=shop)

    assert answer == Answer(0, "Nothing to do: `greetings` 1.2.0 installed\n", "")


def test_what_is_rehearsed_is_what_is_written(blocks: Blocks, shop: Path) -> None:
    rehearsed = blocks(*ADD, "--dry-run", "--json", at=shop).document
    written = blocks(*ADD, "--json", at=shop).document

    assert rehearsed.pop("written") is False
    assert written.pop("written") is True
    assert without_secrets(rehearsed) == without_secrets({**written, "next": []})


def test_the_document_tells_what_is_on_the_disk(blocks: Blocks, shop: Path) -> None:
    document = blocks(*ADD, "--json", at=shop).document

    assert {key: document[key] for key in ("schema", "command", "ok", "exit_code")} == {
        "schema": 1, "command": "add", "ok": True, "exit_code": 0,
    }  # fmt: skip
    assert document["blocks"] == [{"name": "greetings", "version": "1.2.0", "action": "add"}]
    assert document["dependencies"] == ["humanize>=4"]
    assert document["env"] == ["GREETINGS_SECRET"]
    assert (document["migrations"], document["todo"], document["conflicts"]) == ([], [], [])
    for change in document["changes"]:
        content = (shop / change["path"]).read_bytes()
        assert change["after_sha256"] == sha256(content).hexdigest()
        assert change["kind"] == ("update" if change["before_sha256"] else "create")


def test_no_secret_is_in_the_document(blocks: Blocks, shop: Path) -> None:
    answer = blocks(*ADD, "--json", at=shop)

    assert secret_of(shop, "GREETINGS_SECRET") not in answer.out


def test_an_edited_file_in_the_way_is_named_and_kept(blocks: Blocks, shop: Path) -> None:
    mine = shop / "app/modules/greetings/router.py"
    mine.parent.mkdir()
    mine.write_text("mine\n")
    before = look(shop)

    answer = blocks(*ADD, at=shop)

    assert answer.exit_code == 3
    assert "`app/modules/greetings/router.py` would be overwritten" in answer.err
    assert look(shop) == before


def test_a_folder_that_is_no_project_is_told_so(blocks: Blocks, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    answer = blocks(*ADD, at=tmp_path / "empty")

    assert answer == Answer(
        1,
        "",
        f"error: `{tmp_path / 'empty'}` is no project with blocks: it has no `blocks.lock`\n"
        "hint: make one with `fastapi-blocks init`, or name its folder: `--project-path DIR`\n",
    )
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize("beside", ["README.md", "conftest.py"])
def test_a_package_behind_a_link_is_named(blocks: Blocks, tmp_path: Path, beside: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / beside).touch()
    (project / "shop").symlink_to("../real")

    answer = blocks("add", "auth", "--no-install", at=project)

    assert answer.exit_code == 1
    assert "`shop` is a symbolic link, which is not followed" in answer.err
    assert f"run this in the project that `{tmp_path / 'real'}` belongs to" in answer.err


@pytest.mark.parametrize(
    ("name", "exit_code", "message"),
    [
        ("auht", 2, "there is no block `auht`"),
        ("", 2, "`` does not name a block"),
        ("../../etc/passwd", 2, "there are no blocks in "),
        ("./nowhere", 2, "there are no blocks in "),
        ("auth; rm -rf /", 2, "`auth; rm -rf /` does not name a block"),
        ("\x1b[31mauth", 2, "`\N{REPLACEMENT CHARACTER}[31mauth` does not name a block"),
        ("a" * 5000, 2, f"there is no block `{'a' * 5000}`"),
        ("./" + "a" * 5000, 1, "file name too long"),
        ("@acme/billing", 2, "this project knows no registry `@acme`"),
        ("auth@9.9", 2, "there is no `auth` 9.9"),
    ],
)
def test_a_name_that_is_none_is_refused(
    blocks: Blocks, shop: Path, name: str, exit_code: int, message: str
) -> None:
    before = look(shop)

    answer = blocks("add", "--no-install", "--", name, at=shop)

    assert answer.exit_code == exit_code
    assert answer.out == ""
    assert message in answer.err.splitlines()[0]
    assert answer.err.splitlines()[-1].startswith("hint: ")
    assert look(shop) == before


@pytest.mark.parametrize(("old", "new"), [("two-factor", "two_factor"), ("log-management", "logs")])
def test_the_older_names_are_understood(blocks: Blocks, shop: Path, old: str, new: str) -> None:
    assert blocks("add", old, "--check", at=shop) == blocks("add", new, "--check", at=shop)


def test_a_read_only_file_leaves_everything_as_it_was(blocks: Blocks, shop: Path) -> None:
    (shop / "pyproject.toml").chmod(0o444)
    before = look(shop)

    answer = blocks(*ADD, at=shop)

    assert answer == Answer(
        1,
        "",
        "error: cannot write `pyproject.toml`: it is read-only; the project is as it was\n"
        "hint: `chmod u+w pyproject.toml`, then run it again\n",
    )
    assert look(shop) == before


def test_a_linked_folder_leaves_everything_as_it_was(
    blocks: Blocks, shop: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (shop / "app/modules/greetings").symlink_to(tmp_path / "elsewhere")

    answer = blocks(*ADD, at=shop)

    assert answer.exit_code == 1
    assert "`app/modules/greetings` is a symbolic link" in answer.err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_damaged_lock_is_told(blocks: Blocks, shop: Path) -> None:
    (shop / "blocks.lock").write_text("schema = ")

    answer = blocks(*ADD, at=shop)

    assert answer.exit_code == 1
    assert answer.err.startswith("error: `blocks.lock` cannot be read: ")


def secret_of(root: Path, name: str) -> str:
    lines = (root / ".env").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))


def without_secrets(document: dict[str, object]) -> str:
    """The digest of `.env` differs each time: its secrets are new."""
    changes = document["changes"]
    assert isinstance(changes, list)
    kept = [change for change in changes if change["path"] != ".env"]
    return json.dumps({**document, "changes": kept})


@pytest.mark.parametrize(
    ("app", "step"),
    [
        ("shop/main.py", "python -m shop.blocks db upgrade"),
        ("backend/shop/main.py", "cd backend && python -m shop.blocks db upgrade"),
        ("src/main.py", "cd src && python -m blocks db upgrade"),
        ("src/shop/main.py", "python -m shop.blocks db upgrade"),
        ("backend/src/shop/main.py", "cd backend && python -m shop.blocks db upgrade"),
    ],
)
def test_tables_are_made_from_where_the_project_runs(
    blocks: Blocks, tmp_path: Path, app: str, step: str
) -> None:
    """In a project without an Alembic of its own."""
    package = (tmp_path / app).parent
    package.mkdir(parents=True)
    (tmp_path / app).write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    if package.name == "shop":
        (package / "__init__.py").touch()

    answer = blocks("add", "core", "--json", "--no-install", at=tmp_path)

    assert answer.document["next"][-1] == step
