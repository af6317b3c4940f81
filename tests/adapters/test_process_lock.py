"""Two commands in one project go one after the other; a dead one is in nobody's way."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from fastapi_registry.adapters.process_lock import RUNNING, alone_in, is_idle


def never(process: str) -> None:
    raise AssertionError(f"waits for {process}")


def test_leaves_nothing_behind(tmp_path: Path) -> None:
    with alone_in(tmp_path, never):
        assert (tmp_path / RUNNING).read_text() == str(os.getpid())

    assert list(tmp_path.iterdir()) == []


def test_a_project_that_came_to_nothing_is_not_left_as_an_empty_folder(tmp_path: Path) -> None:
    with alone_in(tmp_path / "a" / "b", never):
        pass

    assert list(tmp_path.iterdir()) == []


def test_lets_go_when_the_command_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), alone_in(tmp_path, never):
        raise KeyboardInterrupt

    assert is_idle(tmp_path)


def test_the_second_waits_and_says_for_whom(tmp_path: Path) -> None:
    waited_for: list[str] = []
    order: list[str] = []

    def second() -> None:
        with alone_in(tmp_path, waited_for.append):
            order.append("second")

    with alone_in(tmp_path, never):
        thread = threading.Thread(target=second)
        thread.start()
        while not waited_for:
            time.sleep(0.01)
        assert not is_idle(tmp_path)
        order.append("first")
    thread.join(5)

    assert order == ["first", "second"]
    assert waited_for == [str(os.getpid())]


def test_many_go_one_after_the_other(tmp_path: Path) -> None:
    inside = 0
    most = 0

    def command() -> None:
        nonlocal inside, most
        with alone_in(tmp_path, lambda process: None):
            inside += 1
            most = max(most, inside)
            time.sleep(0.001)
            inside -= 1

    threads = [threading.Thread(target=command) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert most == 1
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_dead_process_is_no_obstacle(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        with alone_in(tmp_path, never):
            os._exit(137)
    os.waitpid(child, 0)
    assert (tmp_path / RUNNING).exists()

    assert is_idle(tmp_path)

    assert list(tmp_path.iterdir()) == []
