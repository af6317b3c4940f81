from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from fastapi_registry.engine.errors import UnsafePath
from fastapi_registry.engine.plan import Plan, applied, difference
from fastapi_registry.engine.tree import Tree, checked


class Unread(Mapping[str, bytes]):
    """A folder whose contents must not be looked at."""

    def __init__(self, *paths: str) -> None:
        self._paths = paths

    def __getitem__(self, path: str) -> bytes:
        if path in self._paths:
            raise AssertionError(f"{path} was read without need")
        raise KeyError(path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, path: object) -> bool:
        return path in self._paths


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "C:/x",
        "a\\b",
        "a/x:stream",
        "a\0b",
        "a\nb",
        ".git/hooks/pre-commit",
        "a/.GIT/config",
        ".git./config",
        "git~1/config",
        "a/con",
        "aux.py",
        "a./x",
        "a /x",
        "...",
        "what?",
    ],
)
def test_a_path_that_would_mean_something_else_is_refused(path: str) -> None:
    with pytest.raises(UnsafePath):
        checked(path)

    with pytest.raises(UnsafePath):
        Tree().write(path, b"")


@pytest.mark.parametrize(
    ("path", "spelled"),
    [("a//b", "a/b"), ("./a", "a"), ("a/./b/", "a/b"), (".github/x", ".github/x"), ("é/ż", "é/ż")],
)
def test_a_path_has_one_spelling(path: str, spelled: str) -> None:
    assert checked(path) == spelled


def test_writing_leaves_the_old_tree_as_it_was() -> None:
    old = Tree({"a": b"1"})

    new = old.write("a", b"2").write("b", b"3").without("a")

    assert dict(old.files) == {"a": b"1"}
    assert list(new) == ["b"]
    assert new.get("a") is None


def test_what_is_below_a_folder_is_sorted() -> None:
    tree = Tree(dict.fromkeys(["app/z.py", "app/a.py", "apple.py", "app/b/c.py"], b""))

    assert list(tree.below("app")) == ["app/a.py", "app/b/c.py", "app/z.py"]


def test_a_plan_leads_from_one_tree_to_the_other() -> None:
    old = Tree({"same": b"1", "edited": b"1", "gone": b"1"})
    new = Tree({"same": b"1", "edited": b"2", "new": b"1"})

    changes = difference(old, new)

    assert [(change.path, change.kind) for change in changes] == [
        ("edited", "update"),
        ("gone", "delete"),
        ("new", "create"),
    ]
    assert applied(Plan(changes), old) == new


def test_only_what_was_edited_is_compared() -> None:
    old = Tree(Unread("big.db", "a"))

    assert [change.path for change in difference(old, old.write("b", b"1"))] == ["b"]


def test_writing_what_is_there_already_is_no_change() -> None:
    old = Tree({"a": b"1"})

    assert difference(old, old.write("a", b"1")) == ()
