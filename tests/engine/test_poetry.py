from __future__ import annotations

import tomllib

import pytest

from fastapi_registry.engine.dependencies import list_of
from fastapi_registry.engine.dependency import Dependency
from fastapi_registry.engine.edits.dependency_list import Needed
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.poetry import PoetryDependencies, is_poetry

FILES = [
    b'[tool.poetry.dependencies]\npython = "^3.11"\nfastapi = "^0.115"\nuvicorn = "*"\n\n[x]\n',
    b"[tool.poetry.dependencies]\npython = '^3.11'\n",
    b'[tool.poetry.dependencies]\nuvicorn = {version = "1", extras = ["s"]}\nfastapi = "*"',
    b'[tool.poetry]\nx = 1\n[tool.poetry.dependencies]  # all\n\tpython = "3"\n\ta = "1" # b\n',
]


def needs(text: str) -> Needed:
    return Needed(Dependency.parse(text), PoetryDependencies())


@pytest.mark.parametrize("source", FILES)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("wanted", ["aa>1", "pwdlib[argon2]>=0.2", "zz; python_version < '3.12'"])
def test_adding_is_idempotent_and_has_an_inverse(source: bytes, ending: bytes, wanted: str) -> None:
    source = source.replace(b"\n", ending)

    once = needs(wanted).ensure(source)

    assert needs(wanted).ensure(once) == once
    assert needs(wanted).remove(once) == source


def test_a_requirement_is_written_as_poetry_reads_it() -> None:
    source = needs("pwdlib[argon2]>=0.2").ensure(needs("alembic").ensure(FILES[0]))

    assert tomllib.loads(source.decode())["tool"]["poetry"]["dependencies"] == {
        "python": "^3.11",
        "alembic": "*",
        "fastapi": "^0.115",
        "pwdlib": {"version": ">=0.2", "extras": ["argon2"]},
        "uvicorn": "*",
    }


@pytest.mark.parametrize(
    ("version", "bounds"),
    [
        ("^1.2", ">=1.2,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        (">= 1, <3", ">=1,<3"),
        ("1.5.*", "==1.5.*"),
        ("*", ""),
    ],
)
def test_bounds_are_understood(version: str, bounds: str) -> None:
    source = f'[tool.poetry.dependencies]\nx = "{version}"\n'.encode()

    assert [each.text for each in PoetryDependencies().listed(source)] == [f"x{bounds}"]


@pytest.mark.parametrize("version", ['"^2.0"', "'>=2.0,<3'"])
def test_missing_extras_come_beside_the_version_and_go_again(version: str) -> None:
    source = f"[tool.poetry.dependencies]\nsqlalchemy = {version}  # ORM\n".encode()
    need = needs("sqlalchemy[asyncio]>=2")

    added = need.addition(source)
    edited = need.ensure(source)

    table = f'{{ version = {version}, extras = ["asyncio"] }}  # ORM'
    assert edited.decode() == f"[tool.poetry.dependencies]\nsqlalchemy = {table}\n"
    assert need.ensure(edited) == edited
    assert Needed(need.dependency, need.kind, added).remove(edited) == source


def test_extras_that_the_user_changed_since_stay() -> None:
    source = (
        b"[tool.poetry.dependencies]\n"
        b'sqlalchemy = { version = "^2.0", extras = ["asyncio", "mypy"] }\n'
    )
    need = needs("sqlalchemy[asyncio]>=2")

    assert Needed(need.dependency, need.kind, "[asyncio]").remove(source) == source


def test_extras_missing_in_a_table_are_left_to_the_user() -> None:
    source = b'[tool.poetry.dependencies]\nsqlalchemy = { version = "^2.0", optional = true }\n'

    with pytest.raises(CannotEdit) as refusal:
        needs("sqlalchemy[asyncio]>=2").ensure(source)

    assert 'extras = ["asyncio"]' in refusal.value.todo.snippet


def test_the_table_that_is_really_used_is_chosen() -> None:
    assert is_poetry(FILES[0])
    assert not is_poetry(b"[project]\ndependencies = []\n" + FILES[0])
    assert isinstance(list_of("pyproject.toml", FILES[0]), PoetryDependencies)
