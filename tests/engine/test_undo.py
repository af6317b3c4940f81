"""`undo`: everything as it was before the last command, or a sentence why not."""

from __future__ import annotations

import pytest

from fastapi_registry.engine.plan import Plan, applied, difference
from fastapi_registry.engine.remove import plan_remove
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.undo.planning import EditedSince, TablesExist, plan_undo
from fastapi_registry.engine.undo.record import RECORD, DamagedRecord, with_record
from tests.engine.made_up_blocks import AUTH, CORE, LOGS, a_new_project, install
from tests.engine.updates import V1, mails, update

SETTINGS = "app/modules/auth/settings.py"


def carried_out(plan: Plan, project: Tree, command: str) -> Tree:
    return applied(with_record(plan, project, command), project)


def with_auth(project: Tree) -> Tree:
    return carried_out(install(project, AUTH), project, "add")


def undone(project: Tree) -> Tree:
    return applied(plan_undo(project), project)


def content(project: Tree) -> dict[str, bytes]:
    return {path: project.read(path) for path in project if path != RECORD}


def test_an_add_is_taken_back_to_the_byte() -> None:
    before = a_new_project(LOGS)

    plan = plan_undo(with_auth(before))

    assert dict(applied(plan, with_auth(before)).files) == dict(before.files)
    assert [(block.name, block.action) for block in plan.blocks] == [("auth", "remove")]
    assert plan.notes == ("`add` is taken back",)


def test_a_remove_is_taken_back_with_its_secrets() -> None:
    before = a_new_project(AUTH)
    project = carried_out(plan_remove(before, ["auth"]), before, "remove")
    assert "AUTH_PEPPER" not in project.text(".env")

    plan = plan_undo(project)

    assert dict(applied(plan, project).files) == dict(before.files)
    assert [(block.name, block.action) for block in plan.blocks] == [("auth", "add")]
    assert plan.migrations == ("auth_0001", "auth_0002")


def test_an_update_is_taken_back() -> None:
    before = a_new_project(V1)
    newer = mails({"__init__.py": b"", "sender.py": b"NEW = 1\n"}, version="1.1.0")
    project = carried_out(update(before, newer), before, "update")

    plan = plan_undo(project)

    assert content(applied(plan, project)) == content(before)
    assert [(b.name, b.version, b.action) for b in plan.blocks] == [("mails", "1.0.0", "update")]


def test_an_init_is_taken_back() -> None:
    made = a_new_project()
    plan = Plan(changes=difference(Tree(), made))

    assert list(undone(carried_out(plan, Tree(), "init"))) == []


def test_a_second_undo_finds_nothing() -> None:
    project = undone(with_auth(a_new_project()))

    plan = plan_undo(project)

    assert plan.is_empty
    assert plan.notes == ("there is no command to take back",)


def test_only_the_last_command_is_remembered() -> None:
    first = with_auth(a_new_project())
    second = carried_out(install(first, LOGS), first, "add")

    assert content(undone(second)) == content(first)
    assert plan_undo(undone(second)).is_empty


def test_a_command_that_changes_nothing_is_none() -> None:
    project = with_auth(a_new_project())

    assert with_record(install(project, AUTH), project, "add").is_empty


@pytest.mark.parametrize("edit", [b"class AuthSettings: mine = 1\n", None])
def test_what_was_edited_since_is_named_and_kept(edit: bytes | None) -> None:
    project = with_auth(a_new_project())
    project = project.write(SETTINGS, edit) if edit else project.without(SETTINGS)

    with pytest.raises(EditedSince, match="were edited since `add`") as refusal:
        plan_undo(project)

    assert refusal.value.paths == (SETTINGS,)


def test_a_file_in_the_place_of_a_deleted_one_is_an_edit() -> None:
    before = a_new_project(AUTH)
    project = carried_out(plan_remove(before, ["auth"]), before, "remove")

    with pytest.raises(EditedSince) as refusal:
        plan_undo(project.write(SETTINGS, b"mine = 1\n"))

    assert refusal.value.paths == (SETTINGS,)


def test_your_other_files_are_not_looked_at() -> None:
    before = a_new_project()
    mine = with_auth(before).write("app/mine.py", b"x = 1\n")

    assert dict(undone(mine).files) == {**before.files, "app/mine.py": b"x = 1\n"}


def test_revisions_that_a_database_ran_are_not_taken_back() -> None:
    project = with_auth(a_new_project())

    with pytest.raises(TablesExist, match="has run auth_0001, which") as refusal:
        plan_undo(project, database_at=["auth_0001"])

    assert "`python -m app db downgrade base`" in refusal.value.hint
    assert not plan_undo(project, database_at=[]).is_empty


@pytest.mark.parametrize("text", [b"", b"{}", b'{"steps": [["a"]], "command": "add"}', b"\xff"])
def test_a_damaged_record_is_told(text: bytes) -> None:
    with pytest.raises(DamagedRecord):
        plan_undo(a_new_project().write(RECORD, text))


def test_the_record_goes_with_the_last_block() -> None:
    before = Tree({"app.py": b"app = 1\n"})
    project = carried_out(install(before, CORE), before, "add")
    assert RECORD in project

    after = carried_out(plan_remove(project, ["core"]), project, "remove")

    assert dict(after.files) == dict(before.files)
