"""Cut off, interrupted, or in each other's way: the project is as it was, or as it is to be."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from fastapi_registry.adapters.disk import apply, read_project
from fastapi_registry.engine.plan import Plan, difference
from tests.cli.conftest import PROGRAM, Answer, Blocks, a_block, in_a_process, look

ADD = ("add", "../greetings", "--no-install")
ANSWERS_WITHIN_SECONDS = 60


class Terminal:
    """A program that believes in a person at a screen."""

    def __init__(self, *arguments: str, at: Path, **variables: str) -> None:
        self.screen, inside = pty.openpty()
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=at,
            env={**os.environ, "TERM": "xterm", **variables},
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        self.seen = ""

    def wait_for(self, text: str) -> None:
        while text not in self.seen:
            more = self._more()
            assert more, f"it ended without saying {text!r}:\n{self.seen}"
            self.seen += more

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def press_control_c(self) -> None:
        """Until it is heard: Python misses the one that comes just before it starts to read."""
        while self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(1)

    def end(self) -> int:
        """The exit code, after everything was read."""
        while more := self._more():
            self.seen += more
        return self.process.wait(20)

    def _more(self) -> str:
        ready, _, _ = select.select([self.screen], [], [], ANSWERS_WITHIN_SECONDS)
        assert ready, f"nothing more for {ANSWERS_WITHIN_SECONDS} s after:\n{self.seen}"
        try:
            return os.read(self.screen, 65536).decode("utf-8", "replace")
        except OSError:  # how Linux says that the other side is closed
            return ""

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.screen)


@contextmanager
def at_a_terminal(*arguments: str, at: Path, **variables: str) -> Iterator[Terminal]:
    terminal = Terminal(*arguments, at=at, **variables)
    try:
        yield terminal
    finally:
        terminal.close()


def test_a_person_is_shown_the_plan_and_asked(shop: Path, greetings: Path) -> None:
    with at_a_terminal(*ADD, at=shop) as terminal:
        terminal.wait_for("Write this? [Y/n]: ")
        assert "Would add `greetings` 1.2.0" in terminal.seen
        assert not (shop / "app/modules/greetings").exists()
        terminal.type("y\n")

        assert terminal.end() == 0

    assert (shop / "app/modules/greetings").exists()
    assert terminal.seen.count("app/modules/greetings/ (5 files)") == 1


def test_no_is_an_answer(shop: Path, greetings: Path) -> None:
    before = look(shop)

    with at_a_terminal(*ADD, at=shop) as terminal:
        terminal.wait_for("Write this?")
        terminal.type("n\n")

        assert terminal.end() == 130

    assert look(shop) == before


def test_yes_is_not_asked(shop: Path, greetings: Path) -> None:
    with at_a_terminal(*ADD, "--yes", at=shop) as terminal:
        assert terminal.end() == 0

    assert "Write this?" not in terminal.seen


def test_control_c_leaves_the_project_as_it_was(shop: Path, greetings: Path) -> None:
    before = look(shop)

    with at_a_terminal(*ADD, at=shop) as terminal:
        terminal.wait_for("Write this?")
        terminal.press_control_c()

        assert terminal.end() == 130

    assert "Interrupted: the project is as it was" in terminal.seen
    assert look(shop) == before


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_a_terminal_that_wants_them(
    shop: Path, greetings: Path, variables: dict[str, str], coloured: bool
) -> None:
    with at_a_terminal(*ADD, "--dry-run", at=shop, **variables) as terminal:
        assert terminal.end() == 0

    assert ("\x1b[32m" in terminal.seen) is coloured


def test_a_killed_command_is_in_nobodys_way(blocks: Blocks, shop: Path, greetings: Path) -> None:
    before = look(shop)
    with at_a_terminal(*ADD, at=shop) as terminal:
        terminal.wait_for("Write this?")
        terminal.process.kill()
        terminal.process.wait()
    assert look(shop) != before, "its lock is still there"

    blocks("status", at=shop)

    assert look(shop) == before
    assert blocks(*ADD, at=shop).exit_code == 0


def test_the_next_command_says_that_the_last_was_cut_off(blocks: Blocks, shop: Path) -> None:
    before = contents(shop)
    tree = read_project(shop)
    plan = Plan(changes=difference(tree, tree.merged({"a.py": b"", "manage.py": b"new\n"})))
    child = os.fork()
    if child == 0:
        apply(plan, shop, lambda step: os._exit(137) if step == "rename manage.py" else None)
    os.waitpid(child, 0)

    answer = blocks("status", at=shop)

    assert (
        answer.err
        == "The last command was cut off while it wrote: the project is as it was before\n"
    )
    assert "manage.py" not in answer.out
    assert contents(shop) == before


def test_two_at_once_both_land(shop: Path, tmp_path: Path) -> None:
    names = ("one", "two", "three")
    for name in names:
        a_block(tmp_path / name, name)

    running = [
        subprocess.Popen(
            [*PROGRAM, "add", f"../{name}", "--no-install"],
            cwd=shop,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    said = [process.communicate(timeout=60)[1] for process in running]

    assert [process.returncode for process in running] == [0, 0, 0], said
    lock = (shop / "blocks.lock").read_text()
    assert all(f'name = "{name}"' in lock for name in names)
    assert look(shop).keys() & {".blocks/txn", ".blocks/running"} == set()


def test_the_second_says_that_it_waits(shop: Path, greetings: Path) -> None:
    with at_a_terminal(*ADD, at=shop) as first:
        first.wait_for("Write this?")
        second = subprocess.Popen([*PROGRAM, *ADD], cwd=shop, stderr=subprocess.PIPE, text=True)
        assert second.stderr is not None
        line = second.stderr.readline()
        first.type("y\n")
        first.end()
        rest = second.communicate(timeout=60)[1]

    assert line == (
        f"Waiting for another `fastapi-blocks` (process {first.process.pid}) "
        "that works on this project\n"
    )
    assert rest == "Nothing to do: `greetings` 1.2.0 installed\n"


def test_a_file_edited_while_you_think_is_not_overwritten(shop: Path, greetings: Path) -> None:
    with at_a_terminal(*ADD, at=shop) as terminal:
        terminal.wait_for("Write this?")
        (shop / "app/installed.py").write_text("mine\n")
        before = (shop / "app/installed.py").stat().st_mtime_ns
        time.sleep(0.01)
        terminal.type("y\n")

        assert terminal.end() == 1

    assert "`app/installed.py` was changed by something else" in terminal.seen
    assert (shop / "app/installed.py").stat().st_mtime_ns == before
    assert not (shop / "app/modules/greetings").exists()


def test_nobody_listening_is_no_error(shop: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(
        [*PROGRAM, "info", "core", "--files"], cwd=shop, stdout=writing, stderr=subprocess.PIPE
    )

    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_without_a_terminal_nothing_is_asked(shop: Path, greetings: Path) -> None:
    assert in_a_process(*ADD, "--quiet", at=shop) == Answer(0, "", "")


def contents(root: Path) -> dict[str, bytes | None]:
    return {path: kept and kept[0] for path, kept in look(root).items()}
