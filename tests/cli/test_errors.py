"""Errors: an exit code, what happened, what to do; as one JSON document where that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastapi_registry.cli import main
from tests.cli.conftest import Answer, Blocks, in_a_process


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            ["ad"],
            "there is no command `ad`",
            "did you mean `fastapi-blocks add`? `fastapi-blocks --help` lists them all",
        ),
        (
            ["--nope"],
            "no such option '--nope'",
            "`fastapi-blocks --help` has an example",
        ),
        (
            ["add"],
            "missing argument 'NAME...'",
            "`fastapi-blocks add --help` has an example",
        ),
        (
            ["init", "--database", "mysql"],
            "invalid value for '--database': 'mysql' is not one of 'sqlite', 'postgres', 'memory'",
            "`fastapi-blocks init --help` has an example",
        ),
        (
            ["registry"],
            "missing argument '{list|add|remove}'. Choose from: list, add, remove",
            "`fastapi-blocks registry --help` has an example",
        ),
        (
            ["status", "-p", "nowhere"],
            "there is no folder `nowhere`",
            "check --project-path",
        ),
    ],
)
def test_wrong_usage(
    blocks: Blocks, tmp_path: Path, words: list[str], message: str, hint: str
) -> None:
    answer = blocks(*words, at=tmp_path)

    assert answer == Answer(2, "", f"error: {message}\nhint: {hint}\n")


def test_wrong_usage_as_a_document(blocks: Blocks, tmp_path: Path) -> None:
    answer = blocks("add", "--json", "--nope", at=tmp_path)

    assert answer.err == ""
    assert answer.exit_code == 2
    assert answer.document == {
        "schema": 1,
        "command": "add",
        "ok": False,
        "exit_code": 2,
        "error": {
            "kind": "UsageError",
            "message": "no such option '--nope'",
            "hint": "`fastapi-blocks add --help` has an example",
        },
    }


def test_a_failure_as_a_document(blocks: Blocks, tmp_path: Path) -> None:
    answer = blocks("add", "auth", "--json", at=tmp_path)

    assert answer.exit_code == 1
    assert answer.document["error"]["kind"] == "NoProject"


def test_what_stands_after_the_dashes_is_no_flag(blocks: Blocks, tmp_path: Path) -> None:
    answer = blocks("add", "--", "--json", at=tmp_path)

    assert answer.exit_code == 2
    assert answer.err.startswith("error: `--json` does not name a block\nhint: write `auth`")


def test_a_bug_is_a_sentence_too(
    blocks: Blocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(main.program, "main", broken)

    answer = blocks("version", at=tmp_path)

    assert answer == Answer(
        1,
        "",
        "error: ZeroDivisionError: division by zero\n"
        "hint: this is a bug of fastapi-blocks: please report it with the output of --verbose\n",
    )
    assert "Traceback" in blocks("version", "--verbose", at=tmp_path).err


def test_a_terminal_that_knows_no_unicode_gets_question_marks(tmp_path: Path) -> None:
    answer = in_a_process(
        "add", "§", at=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C.UTF-8"
    )

    assert answer.exit_code == 2
    assert answer.err.startswith("error: `?` does not name a block\n")
