"""The real program, called as from a shell, and projects to call it in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fastapi_registry.cli.main import run_program

GREETINGS: Mapping[str, str] = {
    "block.toml": """\
schema = 1
name = "greetings"
version = "1.2.0"
title = "Greetings"
description = "Says hello."
requires = ["core >=1.0"]
python = ["humanize >=4"]

[[env]]
name = "GREETINGS_SECRET"
generate = "key:32"
about = "Signs each greeting."
""",
    "__init__.py": """\
from app.core.blocks import Block
from app.modules.greetings.router import router

block = Block("greetings", router=router)
""",
    "router.py": """\
from app.core.routing import BlockRouter

router = BlockRouter(prefix="/greetings", tags=["greetings"])


@router.get("/{name}")
async def greet(name: str) -> str:
    return f"Hello, {name}!"
""",
    "db_models.py": """\
from app.core.tables import Base, table


class GreetingRow(Base):
    __tablename__ = table("greetings")
""",
    "README.md": "# Greetings\n",
}


@dataclass(frozen=True)
class Answer:
    exit_code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


Blocks = Callable[..., Answer]


@pytest.fixture
def blocks(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Blocks:
    """`fastapi-blocks`, as typed in a folder; there is no terminal, so nothing is asked."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)

    def call(*arguments: str, at: Path) -> Answer:
        monkeypatch.chdir(at)
        capsys.readouterr()
        exit_code = run_program(arguments)
        said = capsys.readouterr()
        return Answer(exit_code, said.out, said.err)

    return call


def in_a_process(*arguments: str, at: Path, **variables: str) -> Answer:
    """The same in a process of its own, for what only that can show."""
    done = subprocess.run(
        [*PROGRAM, *arguments],
        cwd=at,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


PROGRAM = (sys.executable, "-m", "fastapi_registry")


@pytest.fixture(scope="session")
def made_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made") / "shop"
    answer = in_a_process("init", str(root), "--no-install", "--quiet", at=root.parent)
    assert answer == Answer(0, "", "")
    return root


@pytest.fixture
def shop(made_project: Path, tmp_path: Path) -> Path:
    """A new project with `core` alone."""
    return Path(shutil.copytree(made_project, tmp_path / "shop"))


@pytest.fixture
def greetings(tmp_path: Path) -> Path:
    """A small block of somebody's own, beside the project."""
    return a_block(tmp_path / "greetings")


def a_block(folder: Path, name: str = "greetings") -> Path:
    folder.mkdir(parents=True)
    for path, text in GREETINGS.items():
        renamed = text.replace("greetings", name).replace("GREETINGS", name.upper())
        (folder / path).write_text(renamed)
    return folder


def look(root: Path) -> dict[str, tuple[bytes, int] | None]:
    """Everything that is there, with the time of its last change."""
    return {
        path.relative_to(root).as_posix(): (
            (path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else None
        )
        for path in root.rglob("*")
    }
