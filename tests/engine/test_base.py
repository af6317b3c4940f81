from __future__ import annotations

import gzip

import pytest

from fastapi_registry.engine.base import DamagedBase, base_of, base_path, with_base, without_base
from fastapi_registry.engine.tree import Tree, digest

TEXT = b"what was installed\n" * 9


def test_a_content_is_remembered_under_its_name() -> None:
    project = with_base(Tree(), [TEXT])

    assert base_of(project, digest(TEXT)) == TEXT
    assert gzip.decompress(project.read(base_path(digest(TEXT)))) == TEXT


def test_the_same_content_is_packed_the_same_and_never_written_twice() -> None:
    once = with_base(Tree(), [TEXT])

    assert with_base(Tree(), [TEXT]) == once
    assert with_base(once, [TEXT, TEXT]) == once


def test_what_an_update_does_not_need_is_not_committed() -> None:
    ignored = with_base(Tree(), []).text(".blocks/.gitignore").splitlines()

    assert "/*" in ignored
    assert "!/base/" in ignored


def test_texts_are_committed_where_the_project_ignores_archives() -> None:
    ignored = with_base(Tree(), []).text(".blocks/.gitignore").splitlines()

    assert ignored.index("!/base/*.gz") > ignored.index("!/base/")


def test_an_earlier_ignore_file_is_brought_up_to_date_and_goes_with_the_rest() -> None:
    path = ".blocks/.gitignore"
    now = with_base(Tree(), []).read(path)
    earlier = with_base(Tree(), []).write(path, now.replace(b"!/base/*.gz\n", b""))

    assert with_base(earlier, []).read(path) == now
    assert not without_base(earlier)


def test_an_ignore_file_that_somebody_edited_stays() -> None:
    mine = with_base(Tree(), []).write(".blocks/.gitignore", b"/*\n")

    assert with_base(mine, [TEXT]).read(".blocks/.gitignore") == b"/*\n"
    assert [*without_base(mine)] == [".blocks/.gitignore"]


@pytest.mark.parametrize("packed", [None, b"", b"\x1f\x8bnonsense", gzip.compress(b"another")])
def test_nothing_is_ever_merged_against_a_guess(packed: bytes | None) -> None:
    project = Tree() if packed is None else Tree({base_path(digest(TEXT)): packed})

    with pytest.raises(DamagedBase):
        base_of(project, digest(TEXT))
