from __future__ import annotations

import pytest

from fastapi_registry.engine.adopt import NotRecognised, plan_adopt
from fastapi_registry.engine.base import base_of
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LOCK_PATH, lock_of
from fastapi_registry.engine.plan import Plan, applied
from fastapi_registry.engine.rendering import installed_files
from fastapi_registry.engine.status import status
from fastapi_registry.engine.tree import Tree
from tests.engine.made_up_blocks import ALL, AUTH, CORE, LOGS, a_new_project
from tests.engine.updates import FILES, SENDER, SENDER_PATH, V1, mails, updated

COPIED = (CORE, AUTH)


def copied_by_hand(*blocks: Block, root: str = "app") -> Tree:
    """What stands in a project after somebody copied folders into it: files, and no record."""
    layout = Layout.below(root)
    return Tree(
        {
            layout.path_of(src, block.name): content
            for block in blocks
            for src, content in installed_files(block, layout, {}).items()
        }
    )


def adopt(project: Tree, *names: str, root: str = "app") -> Plan:
    blocks = [block for block in ALL if block.name != "project"]
    return plan_adopt(project, blocks, Layout.below(root), names=names)


def test_records_what_is_there_and_nothing_else() -> None:
    project = copied_by_hand(*COPIED)

    plan = adopt(project)

    adopted = applied(plan, project)
    assert [(each.name, each.standing) for each in status(adopted)] == [
        ("auth", "untouched"),
        ("core", "untouched"),
    ]
    assert {block.action for block in plan.blocks} == {"adopt"}
    assert all(change.path.startswith((LOCK_PATH, ".blocks/")) for change in plan.changes)


def test_a_file_with_other_content_is_the_block_s_with_your_edits() -> None:
    path = "app/modules/auth/settings.py"
    project = copied_by_hand(*COPIED).write(path, b"# by hand, years ago\n")

    plan = adopt(project)

    adopted = applied(plan, project)
    locked = next(file for file in lock_of(adopted).blocks[0].files if file.path == path)
    assert next(each.edited for each in status(adopted) if each.name == "auth") == (path,)
    assert base_of(adopted, locked.base) == AUTH.files.read("modules/auth/settings.py")
    assert any(path in note for note in plan.notes)


def test_a_file_that_was_not_copied_counts_as_deleted() -> None:
    path = "app/modules/auth/settings.py"
    project = copied_by_hand(*COPIED).without(path)

    adopted = applied(adopt(project), project)

    assert next(each.deleted for each in status(adopted) if each.name == "auth") == (path,)


def test_windows_line_ends_are_no_edit() -> None:
    project = copied_by_hand(*COPIED)
    path = "app/modules/auth/settings.py"
    project = project.write(path, project.read(path).replace(b"\n", b"\r\n"))

    assert all("0 differ," in note for note in adopt(project).notes)


def test_a_module_of_yours_with_the_name_of_a_block_is_not_one() -> None:
    project = copied_by_hand(*COPIED).write("app/modules/logs/__init__.py", b"# mine\n")

    assert [block.name for block in adopt(project).blocks] == ["core", "auth"]


def test_only_what_was_asked_for_and_core_is_recorded() -> None:
    project = copied_by_hand(CORE, AUTH, LOGS)

    assert [block.name for block in adopt(project, "logs").blocks] == ["core", "logs"]


def test_blocks_in_another_package_are_found_there() -> None:
    project = copied_by_hand(*COPIED, root="shop.blocks")

    adopted = applied(adopt(project, root="shop.blocks"), project)

    assert {each.standing for each in status(adopted)} == {"untouched"}
    assert lock_of(adopted).get("core").params["package"] == "shop.blocks"  # type: ignore[union-attr]


def test_an_update_reaches_what_was_adopted_and_keeps_what_differed() -> None:
    project = copied_by_hand(CORE, V1)
    project = project.write(SENDER_PATH, SENDER.replace(b"ATTEMPTS = 3", b"ATTEMPTS = 9"))
    adopted = applied(plan_adopt(project, [CORE, V1], Layout.below("app")), project)
    newer = mails(FILES | {"sender.py": SENDER.replace(b'"Hello"', b'"Welcome"')}, version="1.1.0")

    after = updated(adopted, newer).read(SENDER_PATH)

    assert b"ATTEMPTS = 9" in after
    assert b'SUBJECT = "Welcome"' in after


def test_a_second_time_there_is_nothing_to_do() -> None:
    project = copied_by_hand(*COPIED)
    adopted = applied(adopt(project), project)

    again = adopt(adopted)

    assert again.is_empty
    assert again.blocks == ()


def test_a_project_that_has_all_its_records_stays_as_it_is() -> None:
    assert adopt(a_new_project(AUTH)).is_empty


@pytest.mark.parametrize("names", [(), ("auth",)])
def test_where_nothing_is_recognised_it_says_so(names: tuple[str, ...]) -> None:
    project = Tree({"app/main.py": b"from fastapi import FastAPI\n"})

    with pytest.raises(NotRecognised, match="`core`"):
        adopt(project, *names)


def test_what_was_named_and_is_not_there_is_an_error() -> None:
    with pytest.raises(NotRecognised, match="`logs`"):
        adopt(copied_by_hand(*COPIED), "logs")
