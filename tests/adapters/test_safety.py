"""What a plan may not write to, told before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastapi_registry.adapters.disk import apply
from fastapi_registry.adapters.failures import NotOurs
from fastapi_registry.engine.errors import UnsafePath
from fastapi_registry.engine.plan import Change, Plan
from tests.adapters.conftest import look


def writing(*paths: str) -> Plan:
    return Plan(changes=tuple(Change(path, None, b"theirs\n") for path in paths))


@pytest.mark.parametrize(
    "path",
    [
        "../evil.py",
        "app/../../evil.py",
        "/etc/passwd",
        "C:/evil.py",
        "app\\evil.py",
        "app//evil.py",
        "./evil.py",
        "",
        "evil\0.py",
        ".git/hooks/pre-commit",
        "app/.GIT/config",
        ".git./config",
        "git~1/config",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(root: Path, path: str) -> None:
    before = look(root.parent)

    with pytest.raises(UnsafePath):
        apply(writing("fine.py", path), root)

    assert look(root.parent) == before


def test_a_linked_folder_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "app/modules").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NotOurs, match="`app/modules` is a symbolic link"):
        apply(writing("fine.py", "app/modules/auth/router.py"), root)

    assert look(tmp_path / "elsewhere") == {}
    assert not (root / "fine.py").exists()


def test_a_linked_file_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "shared.env").write_bytes(b"KEY=1\n")
    (root / ".env").symlink_to(tmp_path / "shared.env")

    with pytest.raises(NotOurs, match=r"`\.env` is a symbolic link"):
        apply(Plan(changes=(Change(".env", b"KEY=1\n", b"KEY=2\n"),)), root)

    assert (tmp_path / "shared.env").read_bytes() == b"KEY=1\n"


def test_a_dangling_link_is_refused(root: Path, tmp_path: Path) -> None:
    (root / "new.py").symlink_to(tmp_path / "nowhere")

    with pytest.raises(NotOurs, match="symbolic link"):
        apply(writing("new.py"), root)

    assert not (tmp_path / "nowhere").exists()


def test_a_project_that_is_reached_through_a_link_is_fine(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)

    apply(writing("new.py"), tmp_path / "link")

    assert (root / "new.py").exists()


@pytest.mark.parametrize("path", ["README.md", "APP/new.py", "app/Main.py"])
def test_a_twin_that_differs_in_case_only_is_refused(root: Path, path: str) -> None:
    (root / "readme.md").write_bytes(b"yours\n")

    with pytest.raises(NotOurs, match="one and the same on disks that ignore case"):
        apply(writing(path), root)


def test_twins_within_a_plan_are_refused(root: Path) -> None:
    with pytest.raises(NotOurs, match=r"`new/b\.py` and `New`|`new` and `New`"):
        apply(writing("New/a.py", "new/b.py"), root)

    assert not (root / "New").exists()


def test_twins_that_differ_in_composition_only_are_refused(root: Path) -> None:
    with pytest.raises(NotOurs):
        apply(writing("caf\u00e9.py", "cafe\u0301.py"), root)


def test_a_file_where_a_folder_is_needed_is_refused(root: Path) -> None:
    with pytest.raises(NotOurs, match=r"`run\.sh` is a file, and a folder is needed there"):
        apply(writing("run.sh/new.py"), root)


def test_a_folder_where_a_file_is_needed_is_refused(root: Path) -> None:
    with pytest.raises(NotOurs, match="`app` is not a file, and a file is needed there"):
        apply(writing("app"), root)
