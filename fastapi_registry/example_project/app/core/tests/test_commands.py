"""`python -m …`: each command through the command line, as it is typed."""

import json
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
from app.core.environment import variables

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
    for variable in variables(CoreSettings):
        for name in variable.names:
            monkeypatch.delenv(name, raising=False)

    def call(*arguments: str, env_file: str | None = None, **sections: dict[str, object]) -> int:
        given: dict[str, dict[str, object]] = {
            "security": {"secret_key": secrets.token_urlsafe(48)},
            "database": {"url": f"sqlite:///{tmp_path}/x.db"},
            **sections,
        }
        monkeypatch.setattr("sys.argv", ["app", *arguments])
        with pytest.raises(SystemExit) as ended:
            run(blocks, lambda: CoreSettings(_env_file=env_file, **given))
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
    assert lines["DATABASE_URL"].split()[1:] == ["postgresql://me:***@host/name", "code"]
    assert lines["HOST"].split()[-1] == "default"
    assert "hush" not in "".join(lines.values())


def test_programs_get_the_same_as_json(
    command: Command,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("PORT=1\nhost=0.0.0.0\nAUTH_SECRET_KEY=hush\nLOG_LEVEL=DEBUG\n")
    monkeypatch.setenv("PORT", "2")
    monkeypatch.setenv("SECRET_KEY", "somebody else's")
    monkeypatch.setenv("DATABASE_ECHO", "true")

    command("settings", "--json", database={"echo": False}, security={}, env_file=".env")

    printed = json.loads(capsys.readouterr().out)
    rows = {row["name"]: (row["value"], row["source"]) for row in printed["settings"]}
    assert printed["schema"] == 1
    assert {name: rows[name] for name in _SOURCES} == _SOURCES


_SOURCES = {
    "PORT": ("2", "environment"),
    "HOST": ("0.0.0.0", ".env"),
    "AUTH_SECRET_KEY": ("********", ".env"),
    "LOG_LEVEL": ("DEBUG", ".env"),
    "DATABASE_ECHO": ("false", "code"),
    "DATABASE_POOL_SIZE": ("10", "default"),
    "REDIS_URL": (None, "default"),
}


def test_settings_that_cannot_be_used_are_a_sentence(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("settings", server={"port": "many"}) == 1

    said = capsys.readouterr().err
    assert "PORT: Input should be a valid integer" in said
    assert "Traceback" not in said


def test_check_names_what_is_wrong(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("check", security={"secret_key": ""}) == 1

    assert "AUTH_SECRET_KEY, or else SECRET_KEY, is not set" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("db", "upgrade"), ("db", "reset", "--yes")])
def test_a_database_in_memory_has_no_commands(
    command: Command, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert command(*arguments, database={"url": "memory://"}) == 1

    assert "only the running server sees that database" in capsys.readouterr().err


def test_production_is_never_reset(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("db", "reset", "--yes", app={"environment": "production"}) == 1

    assert "would delete all data" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [("db", "reset"), ("db", "downgrade"), ("db", "downgrade", "-2")]
)
def test_nothing_is_destroyed_without_asking(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    answered_no = command(*arguments)
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))
    could_not_answer = command(*arguments)

    assert (answered_no, could_not_answer) == (1, 2)
    assert "Nobody can be asked here: say `--yes`" in capsys.readouterr().err
    assert not (tmp_path / "x.db").exists()


class Terminal(StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_the_shell_has_the_app_at_hand_and_awaits(
    command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["import sqlalchemy", "await work.fetch(sqlalchemy.text('SELECT 41 + 1'))", "1 / 0"]
    monkeypatch.setattr("sys.stdin", StringIO("\n".join([*lines, "settings.app.name", ""])))

    assert command("shell") == 0

    said = capsys.readouterr()
    assert "[(42,)]" in said.out
    assert "'FastAPI Blocks'" in said.out
    assert "ZeroDivisionError" in said.err


def test_the_shell_runs_what_it_is_given(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    given = "async with runtime.unit_of_work() as one: print(type(one) is type(work))"

    assert command("shell", "-c", given) == 0
    assert capsys.readouterr().out == "True\n"


def test_the_shell_keeps_nothing_that_was_not_committed(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    write = "from sqlalchemy import text; s = await work.writing(); await s.execute(text('{}'))"
    command("shell", "-c", write.format("CREATE TABLE kept (x)") + "; await work.commit()")
    command("shell", "-c", write.format("INSERT INTO kept VALUES (1)"))
    capsys.readouterr()

    command(
        "shell",
        "-c",
        write.format("SELECT 1") + "; print(await work.fetch(text('SELECT * FROM kept')))",
    )

    assert capsys.readouterr().out == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("db", "nonsense"), "No such command 'nonsense'"),
        (("serve", "--workers", "none"), "Invalid value for '--workers'"),
        (("serve", "--workers", "0"), "0 is not in the range"),
        (("db", "migrate"), "Missing option '--message'"),
        (("shell", "nonsense"), "unexpected extra argument (nonsense)"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(
    command: Command,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    assert command(*arguments) == 2

    assert sentence in capsys.readouterr().err


def test_check_looks_at_everything_and_says_what_it_found(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    redis = {"url": "redis://127.0.0.1:1"}

    assert command("check", database={"url": "postgresql://a:hush@127.0.0.1:1/x"}, redis=redis) == 1

    said = capsys.readouterr()
    assert said.out == "ok     settings\n"
    assert [line.split(":")[0] for line in said.err.splitlines()] == [
        "wrong  database",
        "wrong  tables",
        "wrong  redis",
    ]
    assert "hush" not in said.err
