"""`create-dev-user`: the project does it, with its own Python; we pass on what it says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Blocks, in_a_process

USER = ("create-dev-user", "--email", "dev@example.com")


@pytest.fixture
def project(blocks: Blocks, shop: Path) -> Path:
    assert blocks("add", "auth", "--no-install", at=shop).exit_code == 0
    return shop


def a_python(path: Path, script: str) -> Path:
    """A program in the place of an interpreter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_runs_the_project_with_what_was_asked(project: Path) -> None:
    a_python(project / ".venv/bin/python", 'echo "$PWD: $@"')

    answer = in_a_process(
        *USER, "--password", "a b", "--name", "Ada", "--admin", at=project / "app", VIRTUAL_ENV=""
    )

    assert answer == Answer(
        0,
        f"{project}: -m app create-dev-user --email dev@example.com "
        "--password a b --name Ada --admin\n",
        "",
    )


def test_passes_on_what_the_project_refuses(project: Path) -> None:
    a_python(project / ".venv/bin/python", "echo 'Error: not in production' >&2; exit 7")

    answer = in_a_process(*USER, at=project, VIRTUAL_ENV="")

    assert answer == Answer(7, "", "Error: not in production\n")


def test_tells_programs_what_the_project_said(project: Path) -> None:
    a_python(project / ".venv/bin/python", "echo 'Created the user'; echo 'Password: x'")

    document = in_a_process(*USER, "--json", at=project, VIRTUAL_ENV="").document

    assert document["ok"] is True
    assert document["email"] == "dev@example.com"
    assert document["said"] == ["Created the user", "Password: x"]


def test_tells_programs_what_the_project_refuses(project: Path) -> None:
    a_python(project / ".venv/bin/python", "echo 'Error: not in production' >&2; exit 1")

    answer = in_a_process(*USER, "--json", at=project, VIRTUAL_ENV="")

    assert (answer.exit_code, answer.err) == (1, "")
    assert answer.document["ok"] is False
    assert answer.document["error"]["message"] == "Error: not in production"


@pytest.mark.parametrize("place", ["named", "activated", "own"])
def test_finds_the_python_of_the_project(project: Path, tmp_path: Path, place: str) -> None:
    own = a_python(project / ".venv/bin/python", "echo own")
    active = a_python(tmp_path / "active/bin/python", "echo activated")
    named = a_python(tmp_path / "named/python", "echo named")
    words = ["--python", str(named)] if place == "named" else []
    variables = {"VIRTUAL_ENV": str(active.parent.parent) if place == "activated" else ""}

    answer = in_a_process(*USER, *words, at=project, **variables)

    assert answer.out == f"{place}\n"
    assert own.exists()


def test_the_tools_own_environment_is_not_the_projects(project: Path) -> None:
    a_python(project / ".venv/bin/python", "echo own")

    answer = in_a_process(*USER, at=project, VIRTUAL_ENV=sys.prefix)

    assert answer.out == "own\n"


def test_says_what_to_do_without_a_python(project: Path) -> None:
    answer = in_a_process(*USER, at=project, VIRTUAL_ENV="")

    assert answer.exit_code == 1
    assert answer.err.startswith(
        f"error: no Python environment of the project in `{project}` was found\nhint: make one "
    )


def test_says_what_to_do_without_auth(blocks: Blocks, shop: Path) -> None:
    assert blocks(*USER, at=shop) == Answer(
        1,
        "",
        "error: `auth` is not installed here, so there are no users\n"
        "hint: run `fastapi-blocks add auth`\n",
    )
