"""Invariant 4 as the user meets it: typing a command again touches nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.generated import Project, new_project


@pytest.mark.slow
def test_a_second_add_touches_no_file(tmp_path: Path) -> None:
    shop = new_project(tmp_path / "shop")
    shop.blocks("add", "auth", "--no-install", "--yes")
    before = files_with_times(shop)

    said = shop.blocks("add", "auth", "--no-install", "--yes")

    assert files_with_times(shop) == before
    assert said


@pytest.mark.slow
def test_check_says_that_nothing_is_left_to_do(tmp_path: Path) -> None:
    shop = new_project(tmp_path / "shop")

    shop.blocks("add", "auth", "--check", expected=4)
    shop.blocks("add", "auth", "--no-install", "--yes")
    shop.blocks("add", "auth", "--check")


def files_with_times(project: Project) -> dict[Path, tuple[bytes, int]]:
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in project.folder.rglob("*")
        if path.is_file()
    }
