"""`python -m …`: each command through the command line, as it is typed."""

import secrets
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path

import click
import pytest

from app.core.blocks import Block
from app.core.commands import run
from app.core.commands.project import Project
from app.core.config import CoreSettings

Command = Callable[..., int]


@click.command()
@click.pass_obj
def greet(project: Project) -> None:
    """What a block brings."""
    click.echo(f"hello from {project.settings.app.name}")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command line and returns its exit code."""
    blocks: Sequence[Block] = (Block(name="greetings", commands=lambda: [greet]),)

    def call(*arguments: str, **sections: dict[str, object]) -> int:
        given: dict[str, dict[str, object]] = {
            "security": {"secret_key": secrets.token_urlsafe(48)},
            "database": {"url": f"sqlite:///{tmp_path}/x.db"},
            **sections,
        }
        monkeypatch.setattr("sys.argv", ["app", *arguments])
        with pytest.raises(SystemExit) as ended:
            run(blocks, lambda: CoreSettings(_env_file=None, **given))
        return int(ended.value.code or 0)

    return call


def test_a_block_brings_its_own(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("greet", app={"name": "Shop"}) == 0

    assert capsys.readouterr().out == "hello from Shop\n"


def test_settings_are_shown_with_their_source_and_secrets_are_not(
    command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "9999")

    code = command(
        "settings",
        database={"url": "postgresql://me:hush@host/name"},
        email={"smtp_password": "hush"},
        security={"secret_key": "hush"},
    )

    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert code == 0
    assert lines["PORT"].split() == ["PORT", "9999", "environment"]
    assert lines["DATABASE_URL"].split()[1:] == ["postgresql://me:***@host/name", "program"]
    assert lines["HOST"].split()[-1] == "default"
    assert "hush" not in "".join(lines.values())


def test_settings_that_cannot_be_used_are_a_sentence(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("settings", server={"port": "many"}) == 1

    said = capsys.readouterr().err
    assert "PORT: Input should be a valid integer" in said
    assert "Traceback" not in said


def test_check_names_what_is_wrong(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("check", security={"secret_key": ""}) == 1

    assert "SECRET_KEY is not set" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("db", "upgrade"), ("db", "reset", "--yes")])
def test_a_database_in_memory_has_no_commands(
    command: Command, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert command(*arguments, database={"url": "memory://"}) == 1

    assert "only the running server sees that database" in capsys.readouterr().err


def test_production_is_never_reset(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("db", "reset", "--yes", app={"environment": "production"}) == 1

    assert "would delete all data" in capsys.readouterr().err


def test_nothing_is_destroyed_without_asking(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in (("db", "reset"), ("db", "downgrade")):
        monkeypatch.setattr("sys.stdin", StringIO("n\n"))
        assert command(*arguments) == 1

    assert not (tmp_path / "x.db").exists()
