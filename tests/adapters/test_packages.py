"""How a project's packages are installed, and what a failure leaves."""

from __future__ import annotations

import sys
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest

from fastapi_registry.adapters.chance import fresh_secret
from fastapi_registry.adapters.interpreter import interpreter_of
from fastapi_registry.adapters.packages import (
    Failure,
    Installation,
    advised,
    installation_for,
    installation_of_new,
)

PYPROJECT = """\
[project]
name = "shop"
dependencies = ["fastapi>=0.1"]

[dependency-groups]
dev = ["pytest>=9", { include-group = "docs" }]
docs = ["zensical"]
"""
NEEDED = ("pyjwt>=2",)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    return tmp_path


@pytest.fixture
def tools(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH; at first without uv and poetry."""
    folder = tmp_path_factory.mktemp("tools")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def a_tool(path: Path, script: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_new_project_gets_an_environment_with_all_that_it_declares(
    root: Path, tools: Path
) -> None:
    installation = installation_of_new(root)

    assert installation.lines == (
        f"{sys.executable} -m venv .venv",
        ".venv/bin/python -m pip install --disable-pip-version-check 'fastapi>=0.1' 'pytest>=9'",
    )


def test_a_new_project_is_left_to_uv_where_there_is_one(root: Path, tools: Path) -> None:
    a_tool(tools / "uv")

    installation = installation_of_new(root)

    assert installation.lines == ("uv sync",)


@pytest.mark.parametrize("has_uv", [True, False])
def test_a_new_project_with_requirements_gets_those_for_development(
    root: Path, tools: Path, has_uv: bool
) -> None:
    (root / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    if has_uv:
        a_tool(tools / "uv")

    installation = installation_of_new(root)

    assert [line.replace(sys.executable, "python") for line in installation.lines] == (
        ["uv venv", "uv pip install --python .venv/bin/python -r requirements-dev.txt"]
        if has_uv
        else [
            "python -m venv .venv",
            ".venv/bin/python -m pip install --disable-pip-version-check -r requirements-dev.txt",
        ]
    )


@pytest.mark.parametrize(
    ("lock", "tool", "lines"),
    [
        ("uv.lock", "uv", ("uv sync",)),
        ("poetry.lock", "poetry", ("poetry lock", "poetry install")),
    ],
)
def test_a_lock_file_tells_who_installs(
    root: Path, tools: Path, lock: str, tool: str, lines: tuple[str, ...]
) -> None:
    a_tool(tools / tool)
    (root / lock).touch()

    installation = installation_for(root, {}, NEEDED)

    assert installation is not None
    assert installation.lines == lines


@pytest.mark.parametrize(
    ("lock", "tool", "lines", "interpreter"),
    [
        ("uv.lock", "uv", ["uv sync --project server"], "uv run --project server python"),
        (
            "poetry.lock",
            "poetry",
            ["poetry --directory server lock", "poetry --directory server install"],
            "poetry --directory server run python",
        ),
    ],
)
def test_the_packages_of_a_service_are_installed_where_it_names_them(
    root: Path, tools: Path, lock: str, tool: str, lines: list[str], interpreter: str
) -> None:
    a_tool(tools / tool)
    (root / "server").mkdir()
    (root / "server" / lock).touch()

    installation = installation_for(root, {}, NEEDED, packages_folder="server")

    assert installation is not None
    assert list(installation.lines) == lines
    found = interpreter_of(root, {}, packages_folder="server")
    assert " ".join(found).replace(f"{root}/", "") == interpreter


def test_without_the_tool_of_the_lock_it_is_still_what_the_user_runs(
    root: Path, tools: Path
) -> None:
    assert advised(root, ["a>=1"], "server") == ("pip install 'a>=1'",)
    (root / "server").mkdir()
    (root / "server/uv.lock").touch()

    assert installation_for(root, {}, NEEDED, packages_folder="server") is None
    assert advised(root, ["a>=1"], "server") == ("uv sync --project server",)


def test_the_environment_of_a_service_is_its_own(root: Path, tools: Path) -> None:
    a_tool(root / ".venv/bin/python")
    python = a_tool(root / "server/.venv/bin/python")

    assert interpreter_of(root, {}, packages_folder="server/requirements") == (str(python),)
    assert interpreter_of(root, {}) == (str(root / ".venv/bin/python"),)


def test_otherwise_pip_installs_into_the_environment_that_is_there(root: Path, tools: Path) -> None:
    a_tool(root / ".venv/bin/python")

    installation = installation_for(root, {}, NEEDED)

    assert installation is not None
    assert installation.lines == (
        ".venv/bin/python -m pip install --disable-pip-version-check 'pyjwt>=2'",
    )


def test_an_activated_environment_is_meant(root: Path, tools: Path, tmp_path: Path) -> None:
    a_tool(root / ".venv/bin/python")
    active = a_tool(tmp_path / "active/bin/python").parent.parent

    installation = installation_for(root, {"VIRTUAL_ENV": str(active)}, NEEDED)

    assert installation is not None
    assert installation.commands[0][0] == str(active / "bin/python")


def test_no_environment_is_made_for_a_project_of_somebody_else(root: Path, tools: Path) -> None:
    assert installation_for(root, {}, NEEDED) is None


def test_all_that_an_installer_says_is_heard(root: Path) -> None:
    heard: list[str] = []
    good = (str(a_tool(root / "good", "echo one; echo two >&2")),)

    assert Installation(root, (good,)).run(heard.append) is None
    assert heard == ["one", "two"]


def test_the_first_failure_ends_it_with_its_last_words(root: Path) -> None:
    heard: list[str] = []
    bad = (str(a_tool(root / "bad", "echo no such package; exit 1")),)
    never = (str(a_tool(root / "never", "echo never")),)

    assert Installation(root, (bad, never)).run(heard.append) == Failure(("no such package",))
    assert heard == ["no such package"]


def test_an_installer_that_is_missing_is_a_failure(root: Path) -> None:
    failure = Installation(root, ((str(root / "nowhere"),),)).run(print)

    assert failure is not None
    assert "No such file" in failure.said[0]


def test_an_interrupted_installer_is_a_failure(root: Path) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    slow = (str(a_tool(root / "slow", "echo working")),)

    assert Installation(root, (slow,)).run(interrupt) == Failure(("working", "interrupted"))


def test_a_key_decodes_to_its_bytes() -> None:
    assert len(urlsafe_b64decode(fresh_secret("key:32"))) == 32


def test_a_token_has_no_padding_and_is_never_the_same() -> None:
    assert "=" not in fresh_secret("token:49")
    assert fresh_secret("token:48") != fresh_secret("token:48")
