"""The Python of the user's project, which is seldom the one that runs this tool."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from fastapi_registry.engine.errors import RegistryError, UsageError
from fastapi_registry.engine.layout import Layout

if TYPE_CHECKING:
    import subprocess

Interpreter: TypeAlias = tuple[str, ...]
"""The beginning of a command line: a path, or `uv run python`."""


class NoInterpreter(RegistryError):
    def __init__(self, root: Path) -> None:
        super().__init__(
            f"no Python environment of the project in `{root}` was found",
            hint="make one with `python -m venv .venv` and install the project's packages into it, "
            "or name its interpreter: `--python PATH`",
        )


def interpreter_of(
    root: Path,
    environment: Mapping[str, str],
    python: str | None = None,
    *,
    packages_folder: str = "",
) -> Interpreter:
    """Which Python the project uses, by evidence: what was named, activated, or lies there.

    There is its folder, or the one further down that names its packages.
    Raises `NoInterpreter`, and `UsageError` where `python` is none.
    """
    if python is not None:
        return (_named(python),)
    for environment_folder in environments_of(root, environment, packages_folder):
        return (str(python_in(environment_folder)),)
    for home in homes(root, packages_folder):
        if (home / "uv.lock").exists() and shutil.which("uv"):
            return ("uv", "run", *in_home("--project", root, home), "python")
        if (home / "poetry.lock").exists() and shutil.which("poetry"):
            return ("poetry", *in_home("--directory", root, home), "run", "python")
    raise NoInterpreter(root)


def homes(root: Path, packages_folder: str) -> list[Path]:
    """The folders that may have the project's lock and environment, from where its packages are
    named up to its top.
    """
    return [root / folder for folder in PurePosixPath(packages_folder, "-").parents]


def in_home(option: str, root: Path, home: Path) -> tuple[str, ...]:
    """What uv or poetry must be told where the project they are to work on is not the top."""
    return () if home == root else (option, str(home))


def environments_of(
    root: Path, environment: Mapping[str, str], packages_folder: str = ""
) -> list[Path]:
    """The virtual environments that may be the project's, the likeliest first.

    One that was activated is meant for the project, unless it is the one that this
    tool was installed into: then the project's own comes before it.
    """
    own = [home / name for home in homes(root, packages_folder) for name in (".venv", "venv")]
    active = [Path(environment["VIRTUAL_ENV"])] if environment.get("VIRTUAL_ENV") else []
    is_the_tools = bool(active) and active[0].resolve() == Path(sys.prefix).resolve()
    candidates = [*own, *active] if is_the_tools else [*active, *own]
    return [folder for folder in candidates if python_in(folder).exists()]


def python_in(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run_module(
    python: Interpreter, root: Path, layout: Layout, words: Sequence[str], *, capture: bool
) -> subprocess.CompletedProcess[str]:
    """`python -m …` where the project is run, with what its imports start from on the path."""
    folder = layout.working_folders[0]
    words = ["-m", *words]
    return run_python(python, root, layout.import_root, words, folder=folder, capture=capture)


def run_python(
    python: Interpreter,
    root: Path,
    import_root: str,
    words: Sequence[str],
    *,
    folder: str = "",
    capture: bool = True,
    patience_seconds: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """The same with any words, in any folder. Raises `subprocess.TimeoutExpired`."""
    import subprocess  # only who runs something has to pay for it

    found_from = os.pathsep.join(
        filter(None, (str(root / import_root), os.environ.get("PYTHONPATH")))
    )
    return subprocess.run(
        (*python, *words),
        cwd=root / folder,
        env={**os.environ, "PYTHONPATH": found_from},
        capture_output=capture,
        text=True,
        check=False,
        timeout=patience_seconds,
    )


def _named(python: str) -> str:
    found = shutil.which(python)
    if found is None:
        raise UsageError(f"there is no Python at `{python}`", hint="write the path of a program")
    return found
