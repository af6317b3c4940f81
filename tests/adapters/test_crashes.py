"""A crash, a full disk or an interruption at any step ends in the old tree or in the new one."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fastapi_registry.adapters.disk import apply, read_project, recover, settle
from fastapi_registry.adapters.failures import CannotWrite
from fastapi_registry.engine.plan import Plan, difference
from fastapi_registry.engine.tree import Tree
from tests.adapters.conftest import look, make_project


def a_plan(root: Path) -> Plan:
    """It creates (also folders in folders), updates and deletes."""
    tree = read_project(root)
    wanted = tree.without("app/old/gone.py").merged(
        {
            "app/main.py": b"app = 2\n",
            "app/modules/auth/router.py": b"router = 1\n",
            "app/modules/auth/templates/mail.txt": b"hello\n",
            "pyproject.toml": b"[project]\nname = 'shop'\n",
            "run.sh": b"#!/bin/sh\nls\n",
            ".blocks/base/abc.gz": b"\x1f\x8b",
            ".env": b"SECRET_KEY=x\n",
            "blocks.lock": b"schema = 1\n",
        }
    )
    return Plan(changes=difference(tree, wanted))


def steps_of(action: Callable[[Callable[[str], None]], object]) -> list[str]:
    steps: list[str] = []
    action(steps.append)
    return steps


class DiesAt:
    """Ends the process at one step, as SIGKILL and a loss of power do: nothing is cleaned up."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, step: str) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(137)


class FailsAt:
    def __init__(self, number: int, error: BaseException) -> None:
        self.left = number
        self.error = error

    def __call__(self, step: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error


def in_a_process_that_dies(action: Callable[[], object]) -> int:
    """The exit code; 0 if it lived."""
    child = os.fork()
    if child == 0:
        action()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def nobody_waits(process: str) -> None:
    raise AssertionError(f"waits for {process}")


@pytest.fixture
def old_and_new(tmp_path: Path) -> tuple[object, object]:
    root = tmp_path / "model"
    make_project(root)
    old = look(root)
    apply(a_plan(root), root)
    return old, look(root)


@pytest.fixture
def count(tmp_path: Path) -> int:
    root = tmp_path / "counted"
    make_project(root)
    steps = steps_of(lambda on_step: apply(a_plan(root), root, on_step))
    kinds = {step.split()[0] for step in steps}
    assert kinds == {"mkdir", "create", "write", "fsync", "keep", "rename", "unlink", "rmdir"}
    return len(steps)


def test_a_kill_at_any_step_ends_old_or_new(
    tmp_path: Path, count: int, old_and_new: tuple[object, object]
) -> None:
    outcomes = []
    for number in range(1, count + 1):
        root = tmp_path / str(number)
        make_project(root)
        plan = a_plan(root)

        code = in_a_process_that_dies(lambda r=root, p=plan, n=number: apply(p, r, DiesAt(n)))  # type: ignore[misc]
        recover(root, nobody_waits)

        assert code == 137
        assert look(root) in old_and_new, f"step {number}"
        outcomes.append(old_and_new.index(look(root)))
    assert outcomes == sorted(outcomes), "once new, always new"
    assert set(outcomes) == {0, 1}


@pytest.mark.slow
def test_a_kill_during_the_recovery_is_recovered_from(
    tmp_path: Path, count: int, old_and_new: tuple[object, object]
) -> None:
    for number in range(1, count + 1, 9):
        for second in range(1, 40, 6):
            root = tmp_path / f"{number}-{second}"
            make_project(root)
            plan = a_plan(root)
            in_a_process_that_dies(lambda r=root, p=plan, n=number: apply(p, r, DiesAt(n)))  # type: ignore[misc]

            in_a_process_that_dies(lambda r=root, n=second: settle(r, DiesAt(n)))  # type: ignore[misc]
            recover(root, nobody_waits)

            assert look(root) in old_and_new, f"step {number}, then {second}"


def test_a_full_disk_at_any_step_leaves_the_old_tree(
    tmp_path: Path, count: int, old_and_new: tuple[object, object]
) -> None:
    old, new = old_and_new
    for number in range(1, count + 1):
        root = tmp_path / str(number)
        make_project(root)
        full = OSError(errno.ENOSPC, "No space left on device")

        try:
            apply(a_plan(root), root, FailsAt(number, full))
        except CannotWrite:
            assert look(root) == old, f"step {number}"
        else:
            recover(root, nobody_waits)
            assert look(root) == new, f"step {number}"


def test_an_interruption_at_any_step_leaves_the_old_tree_or_is_too_late(
    tmp_path: Path, count: int, old_and_new: tuple[object, object]
) -> None:
    old, new = old_and_new
    for number in range(1, count + 1):
        root = tmp_path / str(number)
        make_project(root)

        try:
            apply(a_plan(root), root, FailsAt(number, KeyboardInterrupt()))
        except KeyboardInterrupt:
            assert look(root) == old, f"step {number}"
        else:
            recover(root, nobody_waits)
            assert look(root) == new, f"step {number}"


def test_a_disk_that_cannot_flush_leaves_the_old_tree(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, plan = look(root), a_plan(root)

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CannotWrite, match="input/output error"):
        apply(plan, root)

    assert look(root) == old


def test_the_folder_that_a_new_one_is_named_in_is_flushed_too(root: Path) -> None:
    plan = Plan(changes=difference(Tree(), Tree({"app/modules/auth/router.py": b"router = 1\n"})))

    steps = steps_of(lambda on_step: apply(plan, root, on_step))

    assert {"fsync app", "fsync modules", "fsync auth"} <= set(steps)


def test_what_you_edited_after_the_crash_is_yours(root: Path) -> None:
    steps = steps_of(lambda on_step: apply(a_plan(root), root, on_step))
    moment = steps.index("rename pyproject.toml") + 1
    other = root.parent / "other"
    make_project(other)
    plan = a_plan(other)
    in_a_process_that_dies(lambda: apply(plan, other, DiesAt(moment)))
    (other / "app/main.py").write_bytes(b"edited since\n")

    recovered = recover(other, nobody_waits)

    assert recovered is not None
    assert recovered.left == ("app/main.py",)
    assert (other / "app/main.py").read_bytes() == b"edited since\n"
    assert (other / "pyproject.toml").read_bytes() == b"[project]\n"


def test_a_restored_file_has_its_old_times(root: Path) -> None:
    before = (root / "app/main.py").stat().st_mtime_ns
    steps = steps_of(lambda on_step: apply(a_plan(root), root, on_step))
    other = root.parent / "other"
    make_project(other)
    before = (other / "app/main.py").stat().st_mtime_ns
    last = len(steps) - 1 - steps[::-1].index("rename run.sh")

    with pytest.raises(KeyboardInterrupt):
        apply(a_plan(other), other, FailsAt(last, KeyboardInterrupt()))

    assert (other / "app/main.py").stat().st_mtime_ns == before


def test_without_a_crash_there_is_nothing_to_recover(root: Path) -> None:
    before = look(root)

    assert recover(root, nobody_waits) is None
    assert look(root) == before
