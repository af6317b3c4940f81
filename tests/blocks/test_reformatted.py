"""Every file of every block after somebody else's formatter: still what was installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastapi_registry.engine.remove.sameness import says_the_same
from fastapi_registry.engine.tree import Tree
from tests.blocks.bundled import NAMES, block
from tests.reformatting import LIKE_BLACK, WIDE, reformatted


@pytest.mark.parametrize("style", [WIDE, LIKE_BLACK], ids=["wide", "like black"])
def test_a_formatter_edits_nothing(style: str, tmp_path: Path) -> None:
    files = every_file()

    formatted = reformatted(files, style, tmp_path)

    changed = [path for path in files if formatted.read(path) != files.read(path)]
    assert len(changed) > len(files) // 2
    pairs = ((path, files.read(path), formatted.read(path)) for path in changed)
    assert [path for path, old, new in pairs if not says_the_same(path, old, new)] == []


def every_file() -> Tree:
    return Tree(
        {
            f"{name}/{src}": block(name).files.read(src)
            for name in NAMES
            for src in block(name).files
        }
    )
