"""How the program starts: help, version, and what it does not import."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click
import pytest

import fastapi_registry
from fastapi_registry.cli.main import COMMANDS, program
from fastapi_registry.version import VERSION
from tests.cli.conftest import PROGRAM, Answer, Blocks, in_a_process

ROOT = str(Path(fastapi_registry.__file__).parent.parent)
NEVER_AT_THE_START = (
    "asyncio",
    "difflib",
    "email",
    "httpx2",
    "importlib.metadata",
    "importlib.resources",
    "json",
    "packaging",
    "rich",
    "ssl",
    "subprocess",
    "tempfile",
    "tree_sitter",
    "urllib.request",
)


def test_without_arguments_it_helps(blocks: Blocks, tmp_path: Path) -> None:
    answer = blocks(at=tmp_path)

    assert answer.exit_code == 0
    assert answer.out == blocks("--help", at=tmp_path).out
    assert answer.err == ""


def test_the_help_tells_what_each_command_does(blocks: Blocks, tmp_path: Path) -> None:
    said = blocks("--help", at=tmp_path).out

    for name, about in COMMANDS.items():
        assert f"  {name:<15}  {about}" in said


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_an_example(blocks: Blocks, tmp_path: Path, name: str) -> None:
    answer = blocks(name, "--help", at=tmp_path)

    assert answer.exit_code == 0
    assert f"Example:\n  fastapi-blocks {name}" in answer.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_every_common_flag(name: str) -> None:
    command = program.get_command(click.Context(program), name)

    assert command is not None
    flags = {flag for option in command.params for flag in option.opts}
    assert flags >= {
        "--project-path", "-p", "--json", "--yes", "-y", "--dry-run", "--diff", "--check",
        "--verbose", "--quiet",
    }  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_one_file(name: str) -> None:
    module = import_module(f"fastapi_registry.cli.commands.{name.replace('-', '_')}")

    found = [each for each in vars(module).values() if isinstance(each, click.Command)]

    assert len(found) == 1


def test_the_version_is_the_one_of_the_distribution(tmp_path: Path) -> None:
    pyproject = Path(fastapi_registry.__file__).parent.parent / "pyproject.toml"

    assert tomllib.loads(pyproject.read_text())["project"]["version"] == VERSION


@pytest.mark.parametrize("words", [["--version"], ["version"], ["version", "--verbose"]])
def test_tells_its_version(blocks: Blocks, tmp_path: Path, words: list[str]) -> None:
    assert blocks(*words, at=tmp_path) == Answer(0, f"fastapi-blocks {VERSION}\n", "")


def test_a_module_is_the_same_program(tmp_path: Path) -> None:
    assert in_a_process("--version", at=tmp_path).out == f"fastapi-blocks {VERSION}\n"


needs_a_full_disk = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="only Linux has such a disk"
)


def with_a_full_disk(at: Path, words: Sequence[str], redirection: str) -> Answer:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$@" {redirection}', "sh", *PROGRAM, *words],
        cwd=at,
        env=buffered,
        capture_output=True,
        text=True,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@needs_a_full_disk
@pytest.mark.parametrize(
    "words",
    [["--version"], ["--help"], ["version"], ["version", "--json"], ["list"]],
)
def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path, words: list[str]) -> None:
    answer = with_a_full_disk(tmp_path, words, "> /dev/full")

    assert answer.exit_code == 1
    error, hint = answer.err.splitlines()
    assert error == "error: no space left on device"
    assert hint.startswith("hint: what this prints ")


@needs_a_full_disk
@pytest.mark.parametrize(
    ("words", "redirection"), [(["--json"], "> /dev/full"), ([], "2> /dev/full")]
)
def test_what_was_done_is_done_though_nobody_takes_the_answer(
    shop: Path, greetings: Path, words: list[str], redirection: str
) -> None:
    adding = ("add", str(greetings), "--no-install", *words)

    assert with_a_full_disk(shop, adding, redirection) == Answer(0, "", "")
    assert (shop / "app/modules/greetings/router.py").exists()


@needs_a_full_disk
def test_an_error_that_cannot_be_a_document_is_a_sentence(tmp_path: Path) -> None:
    answer = with_a_full_disk(tmp_path, ["nope", "--json"], "> /dev/full")

    assert answer.exit_code == 2
    assert answer.err.startswith("error: there is no command `nope`\n")


@needs_a_full_disk
def test_nothing_is_said_where_even_the_error_cannot_be(tmp_path: Path) -> None:
    assert with_a_full_disk(tmp_path, ["version"], "> /dev/full 2>&1") == Answer(1, "", "")


@pytest.mark.parametrize("words", [["--version"], ["list"], ["list", "--json"]])
def test_a_closed_output_is_nobody_who_reads(tmp_path: Path, words: list[str]) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", '"$@" >&- <&-', "sh", *PROGRAM, *words],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_lost_where_nobody_listens(tmp_path: Path) -> None:
    closed = ["/bin/sh", "-c", '"$@" <&- >&- 2>&-', "sh", *PROGRAM]
    making = ["init", "shop", "--all", "--no-install", "--verbose"]

    done = subprocess.run([*closed, *making], cwd=tmp_path)

    assert done.returncode == 0
    found = in_a_process("status", "--json", at=tmp_path / "shop").document["blocks"]
    assert {block["standing"] for block in found} == {"untouched"}


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["version"]])
def test_imports_only_what_it_needs(tmp_path: Path, words: list[str]) -> None:
    script = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*sys.modules, sep='\\n', file=sys.stderr))\n"
        f"sys.argv[1:] = {words}\n"
        "from fastapi_registry.cli.start import main\n"
        "main()\n"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {ROOT!r})\n{script}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0
    imported = set(done.stderr.splitlines())
    assert imported.isdisjoint(NEVER_AT_THE_START)
    assert not any(name.startswith("fastapi_registry.adapters") for name in imported)
