from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi_registry.engine.dependency import Dependency
from fastapi_registry.engine.edits.dependency_list import Needed
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.pyproject import (
    ProjectDependencies,
    named,
    without_dependencies,
)

PROJECT = ProjectDependencies()

FILES = {
    "sorted": '[project]\nname = "x"\ndependencies = [\n    "alembic>=1",\n    "uvicorn",\n]\n',
    "unsorted": '[project]\ndependencies = ["uvicorn", "alembic"]  # mine\n\n[tool.x]\na = 1',
    "without a trailing comma": '[project]\ndependencies = [\n  "alembic",\n  "uvicorn"\n]\n',
    "commented": '[project]\ndependencies = [  # all of them\n\t"a", # one\n\t# "b",\n]\nx = "]"\n',
    "empty": '[project]\ndependencies = []\n[project.scripts]\n"a.b" = "c:d"\n',
    "none yet": '[project]\nname = "x"\nversion = "1"\n\n[tool.y]\nz = [[1], {a = ["]"]}]\n',
    "urls": "[project]\ndependencies = ['thing @ https://x.y/z', 'other[a, b] >=1 ; x==\"1\"']\n",
    "dotted": 'project.name = "x"\nproject.dependencies = ["a"]\n',
    "not sorted out": '"project" = {}\n',
}
EDITABLE = [name for name in FILES if name != "not sorted out"]


def needs(text: str) -> Needed:
    return Needed(Dependency.parse(text), PROJECT)


@pytest.mark.parametrize("name", EDITABLE)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_adding_is_idempotent_and_has_an_inverse(name: str, ending: str, mark: str) -> None:
    source = (mark + FILES[name].replace("\n", ending)).encode()
    needed = needs("pwdlib[argon2] >=0.2")

    once = needed.ensure(source)

    assert (
        "pwdlib[argon2]>=0.2" in tomllib.loads(once.decode("utf-8-sig"))["project"]["dependencies"]
    )
    assert needed.ensure(once) == once
    if name != "none yet":
        assert needed.remove(once) == source


@given(st.permutations(["aiosqlite>=1", "pydantic>=2", "pydantic-settings", "Zope.x", "b[c]>1"]))
def test_the_order_of_adding_does_not_show(order: list[str]) -> None:
    source = b"[project]\ndependencies = []\n"

    for text in order:
        source = needs(text).ensure(source)

    assert source == (
        b'[project]\ndependencies = [\n    "aiosqlite>=1",\n    "b[c]>1",\n    "pydantic>=2",\n'
        b'    "pydantic-settings",\n    "Zope.x",\n]\n'
    )


@pytest.mark.parametrize(
    "there", ["zope_x", "ZOPE.X >=3", "zope-x[a]; python_version>'3'", "Zope.X @ https://a.b/c.whl"]
)
def test_a_distribution_is_known_under_every_spelling(there: str) -> None:
    source = f'[project]\ndependencies = ["{there}"]\n'.encode()

    assert needs("zope.x >=1").ensure(source) == source


@pytest.mark.parametrize(
    ("there", "after"),
    [
        ("SQLAlchemy==2.0.1", "SQLAlchemy[asyncio]==2.0.1"),
        ("sqlalchemy[mypy] >=2", "sqlalchemy[mypy,asyncio] >=2"),
        ("sqlalchemy[asyncio]", "sqlalchemy[asyncio]"),
    ],
)
def test_missing_extras_join_the_requirement_that_is_there(there: str, after: str) -> None:
    source = f'[project]\ndependencies = ["{there}"]\n'.encode()
    needed = needs("sqlalchemy[asyncio] >=2.0")

    edited = needed.ensure(source)

    assert edited == source.replace(there.encode(), after.encode())
    again = Needed(needed.dependency, PROJECT, added=needed.addition(source))
    assert again.remove(edited) == source


def test_what_the_user_changed_is_not_taken_away() -> None:
    source = b'[project]\ndependencies = ["pwdlib==0.2.1"]\n'

    assert needs("pwdlib >=0.2").remove(source) == source


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"[tool.poetry.dependencies]\npython = '^3.11'\n",
        b'[project]\nname = "x"\ndynamic = ["dependencies"]\n',
        b"[project]\ndependencies = 3\n",
        b"[project\n",
    ],
)
def test_where_it_is_not_sure_it_says_what_to_write(source: bytes) -> None:
    with pytest.raises(CannotEdit) as refusal:
        needs("pwdlib >=0.2").ensure(source)

    assert refusal.value.todo.path == "pyproject.toml"


listed = st.sampled_from(["a", "m>=1", "zz", "Pwd_x[b]", "q @ https://x.y/q.whl"])
comments = st.sampled_from(["", "  # why"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Arrays as people write them: in lines or not, with comments, between other tables."""
    items = [f'"{each}"' for each in draw(st.lists(listed, max_size=5, unique=True))]
    comma = draw(st.sampled_from(["", ","])) if items else ""
    indent = draw(st.sampled_from(["  ", "\t", ""]))
    between = f",{draw(comments)}\n{indent}"
    lines = f"[{draw(comments)}\n{indent}{between.join(items)}{comma}{draw(comments)}\n]"
    array = draw(st.sampled_from([lines, f"[{', '.join(items)}{comma}]"]))
    source = f'[build]\nx = "["\n\n[project]\ndependencies = {array}\n\n[tool.y]\nz = 1\n'
    return source.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))).encode()


@given(files(), st.permutations(["b>=1", "pwdlib[argon2]>=0.2", "zzz"]))
def test_whatever_people_make_of_it_requirements_come_and_go_without_a_trace(
    source: bytes, order: list[str]
) -> None:
    for text in order:
        once = needs(text).ensure(source)

        assert needs(text).ensure(once) == once
        assert needs(text).remove(once) == source
        source = once


def test_a_new_project_is_named_and_brings_no_dependencies() -> None:
    source = (
        b'[project]\nname = "example"  # theirs\ndescription = "d"\ndependencies = [\n  "a",\n]\n'
    )

    edited = without_dependencies(named(source, {"name": "shop", "description": 'A "shop" \\'}))

    assert edited == (
        b'[project]\nname = "shop"  # theirs\n'
        b'description = "A \\"shop\\" \\\\"\ndependencies = []\n'
    )
