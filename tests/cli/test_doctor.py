"""`doctor`: everything is broken by hand once, and mended by doing what it says, word for word."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fastapi_registry.adapters.app_health import findings_of_the_app
from fastapi_registry.engine.layout import Layout
from tests.cli.conftest import PROGRAM, Answer, Blocks, in_a_process, look

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with `auth`, under version control."""
    root = tmp_path_factory.mktemp("committed") / "shop"
    words = ("init", str(root), "--with", "auth", "--no-install", "--quiet")
    assert in_a_process(*words, at=root.parent).exit_code == 0
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "Begin")
    return root


def git(root: Path, *words: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *identity, *words], cwd=root, check=True)


@pytest.fixture
def shop(committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: Blocks) -> Path:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    return Path(shutil.copytree(committed, tmp_path / "shop"))


def without_lines(path: str, shape: str) -> Callable[[Path], None]:
    def cut(root: Path) -> None:
        lines = (root / path).read_text().splitlines(keepends=True)
        kept = [line for line in lines if not re.search(shape, line)]
        assert kept != lines
        (root / path).write_text("".join(kept))

    return cut


def without_file(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink()


def damaged(path: str, content: bytes = b"???") -> Callable[[Path], None]:
    def damage(root: Path) -> None:
        (root / path).write_bytes(content)

    return damage


def without_bases(root: Path) -> None:
    shutil.rmtree(root / ".blocks/base")


def with_a_second_head(root: Path) -> None:
    revision = 'revision = "mine"\ndown_revision = "core_0001"\ndef upgrade() -> None: ...\n'
    (root / "migrations/versions/mine.py").write_text(revision)


def ignored(root: Path) -> None:
    """As where the team's ignore file was written for something else that is called so."""
    git(root, "rm", "-r", "--quiet", "--cached", "app/modules/auth", ".blocks")
    with (root / ".gitignore").open("a") as file:
        file.write("auth/\n.blocks/\n")


AUTH_REVISION = "migrations/versions/auth_0001_users.py"
BREAKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "the lock is damaged": (damaged("blocks.lock"), "lock"),
    "the bases are gone": (without_bases, "base"),
    "a file is deleted": (without_file("app/modules/auth/tokens.py"), "files"),
    "the imports are gone": (without_lines("app/installed.py", r"modules\.auth"), "hub"),
    "the entry is gone": (without_lines("app/installed.py", r"^    auth,"), "hub"),
    "the section is gone": (without_lines("app/installed.py", r"^    auth:"), "hub"),
    "a dependency is gone": (without_lines("pyproject.toml", r"pwdlib"), "dependency"),
    "the secret is gone": (without_lines(".env", r"^SECRET_KEY="), "env"),
    ".env is gone": (without_file(".env"), "env"),
    "a revision is gone": (without_file(AUTH_REVISION), "migration"),
    "git ignores what a clone needs": (ignored, "ignored"),
    "the history has two heads": (with_a_second_head, "migration"),
}


@pytest.mark.parametrize(("destroy", "kind"), BREAKS.values(), ids=list(BREAKS))
def test_doing_what_it_says_mends_it(
    blocks: Blocks, shop: Path, destroy: Callable[[Path], None], kind: str
) -> None:
    destroy(shop)

    answer = blocks("doctor", "--json", at=shop)
    found = answer.document["findings"]
    for each in found:
        for remedy in each["remedies"]:
            follow(remedy, shop)

    assert answer.exit_code == 3
    assert kind in {each["kind"] for each in found}
    assert blocks("doctor", at=shop) == Answer(0, "", "Nothing is wrong\n")


def follow(remedy: dict[str, Any], root: Path) -> None:
    """As a person would, who understands nothing."""
    if "run" in remedy:
        command = remedy["run"].replace("fastapi-blocks", " ".join(PROGRAM))
        bin_folder = str(Path(sys.prefix, "bin"))
        script = f'PATH="{bin_folder}:$PATH"; {command}'
        subprocess.run(["sh", "-c", script], cwd=root, check=True, capture_output=True)
    else:
        paste = remedy["paste"]
        place = root / paste["path"]
        lines = place.read_text().splitlines()
        start = paste["line"] - 1
        lines[start : start + paste["replaced"]] = paste["lines"]
        place.write_text("\n".join(lines) + "\n")


def test_what_a_clone_lacks_has_to_come_back_before_it_can_be_committed(
    blocks: Blocks, shop: Path
) -> None:
    ignored(shop)
    shutil.rmtree(shop / "app/modules/auth")

    found = blocks("doctor", "--json", at=shop).document["findings"]

    told = {each["kind"]: each["what"] for each in found}
    assert told["files"].startswith("`auth` lacks ")
    assert told["ignored"].startswith("git ignores .blocks/ (")


def test_what_is_committed_in_spite_of_a_rule_is_well(blocks: Blocks, shop: Path) -> None:
    with (shop / ".gitignore").open("a") as file:
        file.write("auth/\n")

    assert blocks("doctor", at=shop) == Answer(0, "", "Nothing is wrong\n")


def test_a_healthy_project_is_left_alone(blocks: Blocks, shop: Path) -> None:
    before = {path: found for path, found in look(shop).items() if "__pycache__" not in path}

    assert blocks("doctor", "--check", at=shop) == Answer(0, "", "Nothing is wrong\n")
    after = {path: found for path, found in look(shop).items() if "__pycache__" not in path}
    assert after == before


def test_words_and_exit_codes(blocks: Blocks, shop: Path) -> None:
    BREAKS["a dependency is gone"][0](shop)

    answer = blocks("doctor", at=shop)

    assert answer.exit_code == 3
    assert answer.err == ""
    assert re.fullmatch(
        r"1\. `auth` needs `pwdlib`, which pyproject\.toml does not ask for\n"
        r"     paste as line \d+ of pyproject\.toml:\n"
        r'           "pwdlib\[argon2,bcrypt\]>=[\d.]+",\n',
        answer.out,
    )
    assert blocks("doctor", "--check", at=shop).exit_code == 4


def test_a_weak_secret_is_told_by_the_app_itself(blocks: Blocks, shop: Path) -> None:
    (shop / ".env").write_text("SECRET_KEY=changeme\n")

    document = blocks("doctor", "--json", at=shop).document

    assert [each["kind"] for each in document["findings"]] == ["settings"]
    assert "SECRET_KEY, is shorter than 32 bytes" in document["findings"][0]["what"]
    assert "changeme" not in str(document)


def test_an_app_that_does_not_import_is_told_with_its_place(blocks: Blocks, shop: Path) -> None:
    with (shop / "app/installed.py").open("a") as file:
        file.write("\nraise ValueError('mine')\n")

    document = blocks("doctor", "--json", at=shop).document

    assert [each["kind"] for each in document["findings"]] == ["import"]
    assert re.search(r"ValueError: mine \(.*installed\.py:\d+\)", document["findings"][0]["what"])


def test_an_app_that_starts_in_its_own_folder_alone_is_well(shop: Path) -> None:
    """As with `env_file="../.env"`, or a file that is named as seen from there."""
    with (shop / "app/installed.py").open("a") as file:
        file.write("\nopen('alembic.ini').close()\n")
    environment = {"VIRTUAL_ENV": sys.prefix}
    layout = Layout(root_path=f"{shop.name}/app")

    assert findings_of_the_app(shop.parent, layout, environment, ()) == ()
    (shop / "alembic.ini").unlink()
    (found,) = findings_of_the_app(shop.parent, layout, environment, ())
    assert "alembic.ini" in found.what


def test_without_an_environment_it_says_how_to_make_one(
    blocks: Blocks, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV")

    document = blocks("doctor", "--json", at=shop).document

    assert [each["kind"] for each in document["findings"]] == ["interpreter"]
    assert document["findings"][0]["remedies"] == [{"run": "python -m venv .venv"}]


def test_what_is_known_of_the_project_and_why(blocks: Blocks, shop: Path) -> None:
    answer = blocks("doctor", "--detect", at=shop)
    facts = blocks("doctor", "--detect", "--json", at=shop).document["facts"]

    assert answer.exit_code == 0
    assert "app            app.main:app in app/main.py  (pyproject.toml:" in answer.out
    assert facts[0]["fact"] == "app"
    assert facts[0]["evidence"]["path"] == "pyproject.toml"


def test_a_folder_without_blocks_is_told(blocks: Blocks, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert blocks("doctor", at=tmp_path / "empty").exit_code == 1
