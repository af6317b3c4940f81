from __future__ import annotations

from fastapi_registry.engine.status import BlockStatus, status
from fastapi_registry.engine.tree import Tree
from tests.engine.made_up_blocks import AUTH, a_new_project

SETTINGS = "app/modules/auth/settings.py"


def of_auth(project: Tree, **available: str) -> BlockStatus:
    return next(each for each in status(project, available) if each.name == "auth")


def test_a_project_without_blocks_has_nothing_to_tell() -> None:
    assert status(Tree()) == ()


def test_what_was_just_installed_is_untouched() -> None:
    assert {each.standing for each in status(a_new_project(AUTH))} == {"untouched"}


def test_an_edited_file_is_named() -> None:
    auth = of_auth(a_new_project(AUTH).write(SETTINGS, b"mine"))

    assert (auth.standing, auth.edited) == ("edited", (SETTINGS,))


def test_line_endings_that_git_changed_are_no_edit() -> None:
    project = a_new_project(AUTH)
    windows = project.read(SETTINGS).replace(b"\n", b"\r\n")

    assert of_auth(project.write(SETTINGS, windows)).standing == "untouched"


def test_a_deleted_file_weighs_more_than_an_edited_one() -> None:
    project = a_new_project(AUTH).write(SETTINGS, b"mine")

    auth = of_auth(project.without("app/modules/auth/README.md"))

    assert auth.standing == "deleted"
    assert auth.deleted == ("app/modules/auth/README.md",)
    assert auth.edited == (SETTINGS,)


def test_a_newer_version_is_told_whatever_the_files_are() -> None:
    project = a_new_project(AUTH)

    assert of_auth(project, auth="1.10.0").newest == "1.10.0"
    assert not of_auth(project, auth="1.0.0").is_outdated
    assert not of_auth(project, auth="0.9.0").is_outdated
