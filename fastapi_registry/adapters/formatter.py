"""The project's own formatter, with its own settings: how the user writes Python.

It is only ever asked what a text would look like: it reads from a pipe and answers into one,
so no file of the project is touched. The programs are those of the project's environment,
which the user runs anyway.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from fastapi_registry.adapters.interpreter import environments_of, python_in

Step: TypeAlias = tuple[str, ...]
"""A program that reads a text and prints it formatted; `{path}` is the file's place."""

TIME_OUT: Final = 20.0
"""Seconds for one file. A formatter that hangs costs an update no more than its help."""

_STEPS: Final[Mapping[str, tuple[Step, ...]]] = {
    # Only imports are fixed, and only where the project's settings ask for sorted ones.
    "ruff": (
        ("check", "--fix-only", "--fixable=I", "--quiet", "--stdin-filename={path}", "-"),
        ("format", "--quiet", "--stdin-filename={path}", "-"),
    ),
    "black": (("--quiet", "--stdin-filename={path}", "-"),),
    "isort": (("--quiet", "--filename={path}", "-"),),
}
_SETTINGS: Final[Mapping[str, Mapping[str, bytes]]] = {
    "ruff": {"ruff.toml": b"", ".ruff.toml": b"", "pyproject.toml": b"[tool.ruff"},
    "black": {"pyproject.toml": b"[tool.black"},
    "isort": {".isort.cfg": b"", "pyproject.toml": b"[tool.isort", "setup.cfg": b"[isort]"},
}
"""The files in which each tool is configured, and what must stand there."""


@dataclass(frozen=True)
class ProjectFormatter:
    root: Path
    steps: tuple[Step, ...]

    def __call__(self, contents: Mapping[str, bytes]) -> dict[str, bytes]:
        """Each content as it would be formatted at its path, without what could not be."""
        from concurrent.futures import ThreadPoolExecutor  # only an update has to pay for it

        with ThreadPoolExecutor() as pool:
            answers = pool.map(self._formatted, contents, contents.values())
        pairs = zip(contents, answers, strict=True)
        return {path: answer for path, answer in pairs if answer is not None}

    def _formatted(self, path: str, content: bytes) -> bytes | None:
        """`None` for what the formatter cannot read, or not in time."""
        for step in self.steps:
            try:
                done = subprocess.run(
                    [word.replace("{path}", str(self.root / path)) for word in step],
                    input=content,
                    cwd=self.root,
                    capture_output=True,
                    check=True,
                    timeout=TIME_OUT,
                )
            except (OSError, subprocess.SubprocessError):
                return None
            content = done.stdout
        return content


def formatter_of(root: Path, environment: Mapping[str, str]) -> ProjectFormatter | None:
    """What formats the Python of this project; `None` where nothing is set up for it.

    A tool counts if it is configured and there is such a program, the project's own before
    one on the PATH. Where two would format, black does: ruff then only checks.
    """
    programs = {name: _program(name, root, environment) for name in _STEPS}
    found = {name: path for name, path in programs.items() if path and _is_configured(name, root)}
    steps = tuple(
        (found[name], *step)
        for name in found
        for step in _STEPS[name]
        if not (step[0] == "format" and "black" in found)
    )
    return ProjectFormatter(root, steps) if steps else None


def _program(name: str, root: Path, environment: Mapping[str, str]) -> str | None:
    own = (str(python_in(folder).parent) for folder in environments_of(root, environment))
    places = (*own, environment.get("PATH", ""))
    return next(filter(None, (shutil.which(name, path=place) for place in places)), None)


def _is_configured(name: str, root: Path) -> bool:
    return any(
        mark in (root / path).read_bytes()
        for path, mark in _SETTINGS[name].items()
        if (root / path).is_file()
    )
