"""Environments beside the one that runs the tests: another Python, older packages.

Each is made once and kept in `.venv/environments`, under a name that changes with what is in it.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.project.generated import PYTHON, clean_environment

ROOT = Path(__file__).parents[2]
LOCKED = ROOT / "requirements" / "dev.txt"
KEPT = Path(sys.prefix) / "environments"
FLOOR = (3, 11)

ASK_VERSION = "import sys; print(*sys.version_info[:3])"


@dataclass(frozen=True, order=True)
class Interpreter:
    version: tuple[int, ...]
    path: Path


def newest_python() -> Interpreter:
    return max(interpreters())


def oldest_python() -> Interpreter:
    return min(interpreters())


def environment_of(interpreter: Interpreter) -> Path:
    """The Python of an environment with the locked packages; the running one where that is it."""
    if interpreter.version[:2] == sys.version_info[:2]:
        return PYTHON
    return environment(interpreter, ["--require-hashes", "-r", str(LOCKED)], LOCKED.read_bytes())


def environment(interpreter: Interpreter, packages: Sequence[str], contents: bytes) -> Path:
    """The Python of an environment in which `uv pip install` was given `packages`.

    `contents` is what they depend on, so that a change of it makes another environment.
    """
    key = sha256(b"\0".join([contents, *map(str.encode, packages)])).hexdigest()[:12]
    folder = KEPT / f"{'.'.join(map(str, interpreter.version))}-{key}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    with one_at_a_time():
        if not ready.exists():
            uv("venv", "--quiet", "--clear", "--python", str(interpreter.path), str(folder))
            uv("pip", "install", "--quiet", "--python", str(python), *packages)
            ready.touch()
    return python


def interpreters() -> Iterator[Interpreter]:
    """Every Python on this machine that the blocks support and that starts."""
    for path in {PYTHON, *known_to_uv(), *of_pyenv()}:
        asked = subprocess.run([path, "-c", ASK_VERSION], capture_output=True, text=True)
        if asked.returncode == 0 and (version := tuple(map(int, asked.stdout.split()))) >= FLOOR:
            yield Interpreter(version, path)


def known_to_uv() -> Iterator[Path]:
    listed = uv("python", "list", "--only-installed", "--output-format", "json")
    for entry in json.loads(listed):
        if entry["implementation"] == "cpython" and entry["variant"] == "default":
            yield Path(entry["path"])


def of_pyenv() -> Iterator[Path]:
    """Its shims are on PATH for the versions that are switched on; these are all of them."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    return home.glob(".pyenv/versions/3.*/bin/python")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Between the workers of one run, and between runs."""
    KEPT.mkdir(exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def uv(*arguments: str) -> str:
    command = [str(PYTHON.parent / "uv"), *arguments]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 0, f"uv {' '.join(arguments)}\n{done.stderr}"
    return done.stdout
