"""Reading a project, and writing a plan to it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from fastapi_registry.adapters.disk import apply, read_project
from fastapi_registry.adapters.failures import CannotWrite, ProjectChanged
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.plan import Plan, difference
from fastapi_registry.engine.tree import Tree
from tests.adapters.conftest import look


def planned(root: Path, files: dict[str, bytes], *gone: str) -> Plan:
    tree = read_project(root)
    return Plan(changes=difference(tree, tree.without(*gone).merged(files)))


def test_reads_every_file_as_it_is(root: Path) -> None:
    tree = read_project(root)

    assert list(tree) == ["app/main.py", "app/old/gone.py", "logo.png", "pyproject.toml", "run.sh"]
    assert tree.read("logo.png") == b"\x89PNG\r\n\xff\x00"


def test_a_folder_that_is_not_there_is_an_empty_project(tmp_path: Path) -> None:
    assert read_project(tmp_path / "nowhere") == Tree()


@pytest.mark.parametrize(
    "path", [".git/config", ".venv/x.py", "node_modules/x.js", "app/__pycache__/x.pyc"]
)
def test_leaves_out_what_is_not_the_project(root: Path, path: str) -> None:
    (root / path).parent.mkdir(parents=True)
    (root / path).write_bytes(b"")

    assert path not in read_project(root)


def test_leaves_out_a_virtual_environment_of_any_name(root: Path) -> None:
    (root / "env311").mkdir()
    (root / "env311/pyvenv.cfg").write_text("home = /usr/bin")

    assert "env311/pyvenv.cfg" not in read_project(root)


def test_reads_no_content_that_nobody_asks_for(root: Path) -> None:
    tree = read_project(root)
    (root / "logo.png").unlink()

    changes = difference(tree, tree.write("new.py", b"x = 1\n"))

    assert [change.path for change in changes] == ["new.py"]


def test_a_file_that_cannot_be_read_is_named(root: Path) -> None:
    tree = read_project(root)
    (root / "logo.png").unlink()

    with pytest.raises(RegistryError, match=r"cannot read `logo\.png`: no such file"):
        tree.read("logo.png")


def test_creates_updates_and_deletes(root: Path) -> None:
    plan = planned(root, {"app/main.py": b"app = 2\n", "app/new/deep.py": b""}, "app/old/gone.py")

    apply(plan, root)

    assert (root / "app/main.py").read_bytes() == b"app = 2\n"
    assert (root / "app/new/deep.py").exists()
    assert not (root / "app/old").exists(), "a folder that the plan emptied goes as well"
    assert not (root / ".blocks").exists()


def test_deleting_the_last_source_takes_the_bytecode_along(root: Path) -> None:
    (root / "app/old/__pycache__").mkdir()
    (root / "app/old/__pycache__/gone.pyc").write_bytes(b"\0")

    apply(planned(root, {}, "app/old/gone.py"), root)

    assert not (root / "app/old").exists()


def test_a_folder_with_a_file_of_yours_stays(root: Path) -> None:
    (root / "app/old/yours.txt").write_text("keep")

    apply(planned(root, {}, "app/old/gone.py"), root)

    assert (root / "app/old/yours.txt").exists()


def test_keeps_the_mode_of_a_file(root: Path) -> None:
    apply(planned(root, {"run.sh": b"#!/bin/sh\nls\n", "pyproject.toml": b"[tool]\n"}), root)

    assert (root / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (root / "pyproject.toml").stat().st_mode & 0o777 == 0o600


def test_only_the_owner_can_read_new_secrets(root: Path) -> None:
    apply(planned(root, {".env": b"SECRET_KEY=x\n"}), root)

    assert (root / ".env").stat().st_mode & 0o777 == 0o600


def test_an_empty_plan_touches_nothing(root: Path) -> None:
    before = root.stat().st_mtime_ns

    apply(Plan(), root)

    assert root.stat().st_mtime_ns == before


def test_a_file_that_changed_since_the_plan_is_not_overwritten(root: Path) -> None:
    plan = planned(root, {"app/main.py": b"app = 2\n", "new.py": b""})
    (root / "app/main.py").write_bytes(b"yours\n")
    before = look(root)

    with pytest.raises(ProjectChanged, match=r"`app/main\.py` was changed"):
        apply(plan, root)

    assert look(root) == before


def test_a_file_that_appeared_since_the_plan_is_not_overwritten(root: Path) -> None:
    plan = planned(root, {"new.py": b""})
    (root / "new.py").write_bytes(b"yours\n")

    with pytest.raises(ProjectChanged):
        apply(plan, root)

    assert (root / "new.py").read_bytes() == b"yours\n"


def test_a_file_that_changes_at_the_last_moment_is_not_overwritten(root: Path) -> None:
    plan = planned(root, {"a.py": b"", "app/main.py": b"app = 2\n", "z.py": b""})

    def edit(step: str) -> None:
        if step == "rename a.py":
            (root / "app/main.py").write_bytes(b"yours\n")

    with pytest.raises(ProjectChanged):
        apply(plan, root, edit)

    assert (root / "app/main.py").read_bytes() == b"yours\n"
    assert not (root / "a.py").exists()
    assert not (root / "z.py").exists()


@pytest.mark.parametrize("path", ["app/main.py", "app"])
def test_what_is_read_only_is_refused(root: Path, path: str) -> None:
    plan = planned(root, {"app/main.py": b"app = 2\n", "app/new.py": b""})
    (root / path).chmod(0o555 if path == "app" else 0o444)
    before = look(root)

    with pytest.raises(CannotWrite, match=f"cannot write `{path}`: it is read-only") as caught:
        apply(plan, root)

    (root / path).chmod(0o755 if path == "app" else 0o444)
    assert caught.value.hint == f"`chmod u+w {path}`, then run it again"
    assert {**look(root), path: None} == {**before, path: None}


def test_a_file_that_may_not_be_so_large_is_no_question_of_its_owner() -> None:
    refused = CannotWrite.because(OSError(errno.EFBIG, "File too large"), "new.py")

    assert "file too large" in refused.message
    assert "`ulimit -f`" in refused.hint


def test_a_full_disk_is_told_with_what_to_do(root: Path) -> None:
    plan = planned(root, {"new.py": b"x = 1\n"})

    def full(step: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(root / "new.py"))

    with pytest.raises(CannotWrite) as caught:
        apply(plan, root, full)

    assert caught.value.message == (
        "cannot write `new.py`: no space left on device; the project is as it was"
    )
    assert caught.value.hint == "free some space on that disk, then run the command again"
