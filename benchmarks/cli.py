"""How long the tool takes, against `python -c pass` in the same run: `python -m benchmarks.cli`.

Each command is a new process, as on a command line. Times are medians, on the clock and of the
processor; memory is the largest resident set. Commands take turns, so that a slow second of the
machine meets them all.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fastapi_registry.adapters.bundled import EXAMPLE_PROJECT

VERSION = re.compile(r'^version = ".*"$', re.MULTILINE)
ROUNDS = 15
BIN = Path(sys.executable).parent
TOOL = str(BIN / "fastapi-blocks")
UNHEARD = [(os.POSIX_SPAWN_OPEN, output, os.devnull, os.O_WRONLY, 0) for output in (1, 2)]


@dataclass
class Measured:
    """A command, what must be so before each run of it, and what its runs have cost."""

    name: str
    command: tuple[str, ...]
    prepare: Callable[[], object] = lambda: None
    seconds: list[float] = field(default_factory=list)
    processor_seconds: list[float] = field(default_factory=list)
    mebibytes: list[float] = field(default_factory=list)

    def once(self, folder: Path) -> None:
        self.prepare()
        began = time.perf_counter()
        process = os.posix_spawn(
            self.command[0], self.command, quiet_environment(folder), file_actions=UNHEARD
        )
        _, status, usage = os.wait4(process, 0)
        self.seconds.append(time.perf_counter() - began)
        self.processor_seconds.append(usage.ru_utime + usage.ru_stime)
        self.mebibytes.append(usage.ru_maxrss / 1024)
        assert os.waitstatus_to_exitcode(status) == 0, self.command

    def forget(self) -> None:
        for figures in (self.seconds, self.processor_seconds, self.mebibytes):
            figures.clear()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = measured_in(folder)
        for each in commands:
            each.once(folder)  # bytecode and disk caches are warm for all alike
            each.forget()
        for _ in range(ROUNDS):
            for each in commands:
                each.once(folder)
    print(table(commands))


def measured_in(folder: Path) -> list[Measured]:
    pristine, full, shop = folder / "pristine", folder / "full", folder / "shop"
    edited = folder / "edited"
    fresh, newer = folder / "fresh", folder / "newer"
    quiet = ("--no-install", "--yes", "--quiet")
    Measured("", (TOOL, "init", str(pristine), *quiet)).once(folder)
    Measured("", (TOOL, "init", str(full), "--all", *quiet)).once(folder)
    shutil.copytree(full, edited)
    edit_every_file(edited / "app")
    publish_every_block(newer)

    def anew(project: Path) -> None:
        kept = put_away(shop) / "kept"
        shutil.copytree(project, shop)
        shutil.copytree(shop, kept, copy_function=os.link)  # so that a run deletes none either
        os.sync()  # a run waits for its own files alone

    def without_project() -> None:
        put_away(fresh)

    at_shop = ("-p", str(shop), *quiet)
    updating = (TOOL, "update", str(newer), *at_shop)
    return [
        Measured("`python -c pass`", (sys.executable, "-c", "pass")),
        Measured("`--version`", (TOOL, "--version")),
        Measured("`--help`", (TOOL, "--help")),
        Measured("`list`", (TOOL, "list", "--quiet")),
        Measured("`init` with core", (TOOL, "init", str(fresh), *quiet), without_project),
        Measured("`add auth`", (TOOL, "add", "auth", *at_shop), lambda: anew(pristine)),
        Measured("`update` of all", updating, lambda: anew(full)),
        Measured("the same, every file edited", updating, lambda: anew(edited)),
    ]


def put_away(project: Path) -> Path:
    """Not deleted, and in which folder: for a minute after files were deleted, ext4 searches long
    for the place of a new one.
    """
    attic = Path(tempfile.mkdtemp(dir=project.parent))
    if project.exists():
        project.rename(attic / project.name)
    return attic


def edit_every_file(package: Path) -> None:
    for source in package.rglob("*.py"):
        source.write_text(f"{source.read_text()}\n\n# Ours.\n")


def publish_every_block(folder: Path) -> None:
    """All of them in a next version, in which every Python file has another line."""
    shutil.copytree(EXAMPLE_PROJECT / "app", folder / "app")
    for manifest in folder.rglob("block.toml"):
        manifest.write_text(VERSION.sub('version = "1.99.0"', manifest.read_text(), count=1))
    for source in folder.rglob("*.py"):
        if "migrations" not in source.parts:
            source.write_text(source.read_text().replace("\n\n", "\n\n# Theirs.\n", 1))


def quiet_environment(folder: Path) -> dict[str, str]:
    """Without `PYTHONDONTWRITEBYTECODE`, which makes every start a compilation, and a formatter."""
    return {"PATH": os.defpath, "HOME": str(folder), "PWD": str(folder), "NO_COLOR": "1"}


def table(commands: list[Measured]) -> str:
    base = statistics.median(commands[0].seconds)
    lines = [
        "| command | median | × `python -c pass` | processor | memory |",
        "|---|---:|---:|---:|---:|",
    ]
    for each in commands:
        median = statistics.median(each.seconds)
        processor = statistics.median(each.processor_seconds)
        times = f"{median * 1000:.0f} ms | {median / base:.1f} | {processor * 1000:.0f} ms"
        lines.append(f"| {each.name} | {times} | {max(each.mebibytes):.0f} MiB |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
