"""The last step of a command: installing the Python packages that the project asks for.

It never undoes files: a plan that is written stays, whatever a package index says.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tomllib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fastapi_registry.adapters.interpreter import (
    environments_of,
    homes,
    in_home,
    python_in,
)
from fastapi_registry.engine.layout import REQUIREMENTS_DEV

Command = tuple[str, ...]


OnLine = Callable[[str], None]
"""Hears what an installer says, line by line."""

_WORTH_TELLING = 15
_FROM_REQUIREMENTS = ["-r", REQUIREMENTS_DEV]


class Failure(NamedTuple):
    """What the installer said last, before it gave up."""

    said: tuple[str, ...]


class Installation(NamedTuple):
    """The commands that bring a project's packages up to date, in their order."""

    root: Path
    commands: tuple[Command, ...]

    def run(self, on_line: OnLine) -> Failure | None:
        """Ctrl-C ends the installer, not us: the files are written, and that is to be told."""
        for command in self.commands:
            said: deque[str] = deque(maxlen=_WORTH_TELLING)
            try:
                exit_code = _run(command, self.root, said, on_line)
            except KeyboardInterrupt:
                return Failure((*said, "interrupted"))
            except OSError as error:
                return Failure((str(error),))
            if exit_code:
                return Failure(tuple(said))
        return None

    @property
    def tool(self) -> str:
        """The program that has to be there."""
        return self.commands[0][0]

    @property
    def lines(self) -> tuple[str, ...]:
        """The commands as one would type them in the project's folder."""
        own = f"{self.root}{os.sep}"
        return tuple(
            shlex.join(word.removeprefix(own) for word in command) for command in self.commands
        )


def installation_for(
    root: Path,
    environment: Mapping[str, str],
    dependencies: Sequence[str],
    *,
    packages_folder: str = "",
) -> Installation | None:
    """How a project that is there gets `dependencies`; `None` where no environment is known."""
    for locked in _by_lock(root, packages_folder):
        if shutil.which(locked.tool):
            return locked
    uv = shutil.which("uv") is not None
    environments = environments_of(root, environment, packages_folder)
    if not environments:
        return None
    return Installation(root, (_pip(python_in(environments[0]), dependencies, uv),))


def advised(root: Path, dependencies: Sequence[str], packages_folder: str) -> tuple[str, ...]:
    """What the user runs where the tool cannot: uv or Poetry may be on another machine."""
    locked = next(_by_lock(root, packages_folder), None)
    return locked.lines if locked else (f"pip install {shlex.join(dependencies)}",)


def _by_lock(root: Path, packages_folder: str) -> Iterator[Installation]:
    """What the lock files say is used here."""
    for home in homes(root, packages_folder):
        if (home / "poetry.lock").exists():
            poetry = ("poetry", *in_home("--directory", root, home))
            yield Installation(root, ((*poetry, "lock"), (*poetry, "install")))
        if (home / "uv.lock").exists():
            yield Installation(root, (("uv", "sync", *in_home("--project", root, home)),))


def installation_of_new(root: Path) -> Installation:
    """An environment for a new project, with everything that its pyproject.toml asks for."""
    uv, wanted = shutil.which("uv") is not None, _declared(root)
    if uv and wanted != _FROM_REQUIREMENTS:
        return Installation(root, (("uv", "sync"),))
    python = python_in(root / ".venv")
    make = ("uv", "venv") if uv else (sys.executable, "-m", "venv", ".venv")
    commands = (*(() if python.exists() else (make,)), _pip(python, wanted, uv))
    return Installation(root, commands)


def _run(command: Command, root: Path, said: deque[str], on_line: OnLine) -> int:
    import subprocess  # only who installs has to pay for it

    with subprocess.Popen(
        command,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            said.append(line.rstrip())
            on_line(line.rstrip())
    return process.returncode


def _pip(python: Path, requirements: Sequence[str], uv: bool) -> Command:
    if uv:
        return ("uv", "pip", "install", "--python", str(python), *requirements)
    return (str(python), "-m", "pip", "install", "--disable-pip-version-check", *requirements)


def _declared(root: Path) -> list[str]:
    """What a new project asks for, with the tools for development.

    The pip that comes with Python 3.11 cannot read dependency groups itself.
    """
    table = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    if "dependencies" not in table.get("project", {}):
        return _FROM_REQUIREMENTS
    development = table.get("dependency-groups", {}).get("dev", [])
    declared = [*table.get("project", {}).get("dependencies", []), *development]
    return [requirement for requirement in declared if isinstance(requirement, str)]
