from __future__ import annotations

import tomllib

import pytest

from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.layout import layout_of
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.new_project import Database, FolderNotEmpty, ProjectName, plan_init
from fastapi_registry.engine.placing import PathsOccupied
from fastapi_registry.engine.plan import Plan, applied
from fastapi_registry.engine.remove import plan_remove
from fastapi_registry.engine.tree import Tree
from tests.engine.made_up_blocks import (
    ALL,
    AUTH,
    CORE,
    LOGS,
    PROJECT,
    a_new_project,
    fresh_secret,
    installed,
)


def init(
    folder: Tree, *, name: str = "Shop", force: bool = False, database: Database = "sqlite"
) -> Plan:
    return plan_init(
        folder,
        [PROJECT, CORE, AUTH],
        name=name,
        database=database,
        direct=["auth"],
        fresh_secret=fresh_secret,
        force=force,
    )


@pytest.mark.parametrize(
    ("human", "distribution"),
    [
        ("shop", "shop"),
        ("My Shop", "my-shop"),
        ("Zażółć Shop!", "zazolc-shop"),
        ("Łódź – straße", "lodz-strasse"),
        ("3 wishes", "project-3-wishes"),
        ("class", "project-class"),
        ("магазин", "project"),
        ("🛒", "project"),
        ("--a--b--", "a-b"),
        ("../../etc", "etc"),
    ],
)
def test_any_human_name_will_do(human: str, distribution: str) -> None:
    name = ProjectName.of(human)

    assert name.distribution == distribution
    assert name.package.isidentifier()


@pytest.mark.parametrize("human", ["", "  ", "\n\t"])
def test_a_project_needs_some_name(human: str) -> None:
    with pytest.raises(UsageError):
        ProjectName.of(human)


def test_the_name_stands_where_people_and_tools_look_for_it() -> None:
    project = a_new_project(AUTH, name='Zażółć "Shop"!')

    table = tomllib.loads(project.text("pyproject.toml"))["project"]
    assert table["name"] == "zazolc-shop"
    assert table["description"] == 'Zażółć "Shop"!, built with FastAPI'
    assert project.text("README.md").startswith('# Zażółć "Shop"!\n')


def test_only_what_is_installed_is_asked_for() -> None:
    table = tomllib.loads(a_new_project().text("pyproject.toml"))["project"]

    assert table["dependencies"] == ["pydantic>=2.7", "sqlalchemy[asyncio]>=2.1.5", "uvicorn>=0.50"]


def test_starting_with_all_is_adding_all_at_once() -> None:
    plan = plan_init(Tree(), ALL, name="Shop", direct=["users"], fresh_secret=fresh_secret)

    assert [action.name for action in plan.blocks] == [
        *("project", "core", "auth", "logs", "teams", "users")
    ]


def test_a_folder_with_files_is_a_question() -> None:
    with pytest.raises(FolderNotEmpty, match="there is a file in this folder"):
        init(Tree({"notes.txt": b"mine"}))


def test_with_force_what_is_overwritten_is_in_the_plan() -> None:
    folder = Tree({"README.md": b"mine", "notes.txt": b"mine"})

    plan = init(folder, force=True)

    assert [c.path for c in plan.changes if c.kind == "update"] == ["README.md"]
    assert applied(plan, folder).read("notes.txt") == b"mine"


def test_not_even_force_turns_a_file_into_a_folder() -> None:
    with pytest.raises(PathsOccupied):
        init(Tree({"app": b"a program of that name"}), force=True)


def test_a_second_init_changes_nothing() -> None:
    project = applied(init(Tree()), Tree())

    assert init(project).is_empty


@pytest.mark.parametrize(
    ("database", "line"),
    [
        ("memory", b"DATABASE_URL=memory://\n"),
        ("postgres", b"DATABASE_URL=postgresql://postgres:postgres@localhost:5432/shop\n"),
    ],
)
def test_the_database_that_was_chosen_is_set_here_and_for_who_clones(
    database: Database, line: bytes
) -> None:
    project = applied(init(Tree(), database=database), Tree())

    assert line in project.read(".env")
    assert line in project.read(".env.example")


@pytest.mark.parametrize(
    ("human", "line"),
    [
        ("Zażółć Shop!", "APP_NAME=Zażółć Shop!\n"),
        ("Joe's #1 $hop", "APP_NAME=joe-s-1-hop\n"),
    ],
)
def test_mails_and_documentation_name_the_project(human: str, line: str) -> None:
    assert line in applied(init(Tree(), name=human), Tree()).text(".env")


def test_who_clones_a_project_finds_its_name_in_the_example() -> None:
    assert "APP_NAME=Shop\n" in applied(init(Tree()), Tree()).text(".env.example")


def test_a_name_that_is_set_already_stays() -> None:
    folder = Tree({".env": b"APP_NAME=Ours\n"})

    project = applied(init(folder, name="Shop", force=True), folder)

    assert project.text(".env").count("APP_NAME=") == 1
    assert "APP_NAME=Ours\n" in project.text(".env")


def test_the_default_database_needs_no_setting() -> None:
    assert b"DATABASE_URL" not in applied(init(Tree()), Tree()).read(".env")


def test_a_project_may_keep_its_dependencies_in_requirements() -> None:
    project = with_requirements()

    table = tomllib.loads(project.text("pyproject.toml"))
    assert project.text("requirements.txt") == (
        "pwdlib[argon2]>=0.2\npydantic>=2.9\nsqlalchemy[asyncio]>=2.1.5\nuvicorn>=0.50\n"
    )
    assert project.text("requirements-dev.txt") == "-r requirements.txt\npytest>=9\n"
    assert "dependencies" not in table["project"]
    assert "dependency-groups" not in table
    assert table["tool"]["uv"] == {"managed": False}


def test_what_is_added_and_removed_later_follows_the_requirements() -> None:
    before = with_requirements()
    layout = layout_of(lock_of(before))
    assert layout is not None

    added = installed(before, LOGS, layout=layout)
    after = applied(plan_remove(added, ["logs"]), added)

    assert "pydantic[email]>=2.9\n" in added.text("requirements.txt")
    assert added.read("pyproject.toml") == before.read("pyproject.toml")
    assert after == before


def test_a_second_init_goes_on_with_the_file_that_was_chosen() -> None:
    project = with_requirements()

    assert init(project).is_empty


def with_requirements() -> Tree:
    plan = plan_init(
        Tree(),
        [PROJECT, CORE, AUTH],
        name="Shop",
        direct=["auth"],
        fresh_secret=fresh_secret,
        requirements=True,
    )
    return applied(plan, Tree())
