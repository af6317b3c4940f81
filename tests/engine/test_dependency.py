from __future__ import annotations

import pytest

from fastapi_registry.engine.dependencies import stronger
from fastapi_registry.engine.dependency import (
    Dependency,
    InvalidDependency,
    canonical,
    exclude_each_other,
)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("pwdlib[argon2] >=0.2", "pwdlib[argon2]>=0.2"),
        ("a[c, b] >= 1 , <2", "a[b,c]>=1,<2"),
        ("x ; python_version < '3.12'", "x; python_version < '3.12'"),
        ("X.y-Z_1", "X.y-Z_1"),
    ],
)
def test_what_means_the_same_is_spelled_the_same(text: str, spelled: str) -> None:
    assert str(Dependency.parse(text)) == spelled


@pytest.mark.parametrize("text", ["", "a @ https://x", "./a", "a b", "-r x", "a >= 1; x\ny", "a=1"])
def test_a_block_cannot_choose_where_a_package_comes_from(text: str) -> None:
    with pytest.raises(InvalidDependency):
        Dependency.parse(text)


def test_names_are_one_whatever_joins_their_words() -> None:
    assert canonical("Zope._-Interface") == "zope-interface"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<2", ">=2.7"),
        ("==2.5.0", ">=2.7"),
        ("==2.5.*", ">=2.7"),
        ("~=2.5.1", ">=2.7"),
        (">=1,<2.7", ">=2.7"),
        ("<=2.6.9", ">=2.7"),
        (">2.7", "==2.7"),
    ],
)
def test_bounds_that_leave_no_version_are_noticed(one: str, other: str) -> None:
    assert exclude_each_other(one, other)
    assert exclude_each_other(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", ">=2.7"),
        ("<3", ">=2.7"),
        ("<=2.7", ">=2.7"),
        ("~=2.5", ">=2.7"),
        ("==2.*", ">=2.7"),
        ("!=2.7", ">=2.7"),
        (">2", "<2.0.1"),
        (">=1,<2.8", ">=2.7"),
        (">=2.7", ">=99"),
    ],
)
def test_bounds_that_leave_a_version_are_no_conflict(one: str, other: str) -> None:
    assert not exclude_each_other(one, other)


def test_the_stronger_of_two_satisfies_both_in_either_order() -> None:
    one, other = Dependency.parse("A[x] >=2.9,<4"), Dependency.parse("A[y] >=2.10")

    assert str(stronger(one, other)) == "A[x,y]>=2.10,<4"
    assert stronger(one, other) == stronger(other, one)
