from __future__ import annotations

import pytest

from fastapi_registry.engine.edits.alembic import (
    NotARevision,
    Revision,
    SeveralHeads,
    UnclearHistory,
    head,
    history,
    joined,
    read_revision,
)
from fastapi_registry.engine.tree import Tree


def a_history(**downs: str) -> Tree:
    """A project whose revision `name` continues what Python says that it continues."""
    files = {
        f"alembic/versions/{name}.py": f"revision: str = '{name}'\ndown_revision = {down}\n"
        for name, down in downs.items()
    }
    return Tree({path: content.encode() for path, content in files.items()})


def head_of(project: Tree) -> str | None:
    return head(history(project, "alembic/versions"), "alembic/versions")


def test_an_empty_history_has_no_head() -> None:
    assert head_of(Tree()) is None


def test_the_head_is_what_nothing_continues() -> None:
    assert head_of(a_history(a="None", b="'a'", c='"b"')) == "c"


def test_a_merge_joins_its_branches() -> None:
    assert head_of(a_history(a="None", b="'a'", c="'a'", d="(\n    'b',\n    'c',\n)")) == "d"


def test_several_heads_are_a_question() -> None:
    with pytest.raises(SeveralHeads, match="`b`, `c`"):
        head_of(a_history(a="None", b="'a'", c="'a'"))


@pytest.mark.parametrize(
    "written",
    ["down_revision = BEFORE", "down_revision: str | None = (BEFORE)", "down_revision = [BEFORE,]"],
)
def test_a_link_may_be_a_name_of_the_file(written: str) -> None:
    source = f"BEFORE = 'a'\nrevision = 'b'\n{written}  # the one before\n"

    assert read_revision("b.py", source.encode()) == Revision("b.py", "b", ("a",))


@pytest.mark.parametrize("link", ["other.revision", "f'{before}'", "find()", "down_revision"])
def test_what_a_computed_link_continues_is_not_guessed(link: str) -> None:
    project = a_history(a="None", b=link)

    with pytest.raises(UnclearHistory, match=r"what `alembic/versions/b\.py` continues"):
        head_of(project)


def test_other_files_in_the_folder_are_passed_over() -> None:
    project = a_history(a="None").merged(
        {
            "alembic/versions/__init__.py": b"",
            "alembic/versions/__pycache__/a.py": b"revision = 'z'\ndown_revision = None\n",
            "alembic/versions/notes.txt": b"revision = 'y'",
        }
    )

    assert head_of(project) == "a"


@pytest.mark.parametrize("annotation", ["", ": str | None", ": Union[str, None]", ": None | str"])
def test_only_the_link_changes(annotation: str) -> None:
    source = f"revision = 'b'\r\ndown_revision{annotation} = None  # first\r\n".encode()

    assert joined(source, "a") == source.replace(b"= None  #", b'= "a"  #')
    assert joined(source, None) == source


def test_a_file_without_a_link_cannot_be_joined() -> None:
    assert read_revision("x.py", b"revision = 'x'\n") is None
    with pytest.raises(NotARevision):
        joined(b"revision = 'x'\n", "a")
