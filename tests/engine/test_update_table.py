"""The table of an update, cell by cell: what yours is × what theirs became."""

from __future__ import annotations

import pytest

from fastapi_registry.engine.base import DamagedBase, base_path
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.placing import PathsOccupied
from fastapi_registry.engine.plan import applied
from fastapi_registry.engine.tree import Tree, digest
from fastapi_registry.engine.update import Choices, ConflictStyle
from fastapi_registry.engine.update.files import Unresolved
from tests.engine.updates import (
    FILES,
    SENDER,
    SENDER_PATH,
    TEXT,
    TEXT_PATH,
    V1,
    a_project,
    mails,
    record,
    update,
    updated,
    without,
)

NEWER_SENDER = SENDER.replace(b"ATTEMPTS = 3", b"ATTEMPTS = 5")
EDITED_SENDER = SENDER.replace(b'f"{SUBJECT} {name}"', b'f"{SUBJECT}, {name}!"')
CLASHING_SENDER = SENDER.replace(b"ATTEMPTS = 3", b"ATTEMPTS = 1")

SAME = mails(version="1.1.0")
CHANGED = mails({**FILES, "sender.py": NEWER_SENDER}, version="1.1.0")
REMOVED = mails(without("sender.py"), version="1.1.0")
MOVES = '[moves]\n"sender.py" = "delivery/smtp.py"\n'
RENAMED = mails(
    {**without("sender.py"), "delivery/smtp.py": NEWER_SENDER}, version="1.1.0", more=MOVES
)
RENAMED_PATH = "app/modules/mails/delivery/smtp.py"


class TestAsInstalled:
    project = a_project()

    def test_what_did_not_change_stays(self) -> None:
        after = updated(self.project, SAME)

        assert after.read(SENDER_PATH) == SENDER
        assert record(after, "sender.py") == (
            "modules/mails/sender.py",
            SENDER_PATH,
            digest(SENDER),
            "1.1.0",
            "tracked",
            "644",
        )

    def test_what_changed_is_taken(self) -> None:
        after = updated(self.project, CHANGED)

        found = record(after, "sender.py")
        assert after.read(SENDER_PATH) == NEWER_SENDER
        assert found is not None
        assert (found.base, found.base_version) == (digest(NEWER_SENDER), "1.1.0")

    def test_what_changed_keeps_the_line_ends_of_the_checkout(self) -> None:
        project = self.project.write(SENDER_PATH, SENDER.replace(b"\n", b"\r\n"))

        after = updated(project, CHANGED)

        assert after.read(SENDER_PATH) == NEWER_SENDER.replace(b"\n", b"\r\n")

    def test_what_is_gone_goes(self) -> None:
        after = updated(self.project, REMOVED)

        assert SENDER_PATH not in after
        assert record(after, "sender.py") is None

    def test_what_is_renamed_moves(self) -> None:
        after = updated(self.project, RENAMED)

        assert SENDER_PATH not in after
        assert after.read(RENAMED_PATH) == NEWER_SENDER


class TestEdited:
    project = a_project().write(SENDER_PATH, EDITED_SENDER)

    def test_what_did_not_change_stays_yours(self) -> None:
        plan = update(self.project, SAME)

        assert SENDER_PATH not in {change.path for change in plan.changes}

    def test_what_changed_is_merged(self) -> None:
        after = updated(self.project, CHANGED)

        found = record(after, "sender.py")
        assert after.read(SENDER_PATH) == EDITED_SENDER.replace(b"ATTEMPTS = 3", b"ATTEMPTS = 5")
        assert found is not None
        assert found.base == digest(NEWER_SENDER)

    def test_what_is_gone_stays_and_is_yours_alone(self) -> None:
        plan = update(self.project, REMOVED)
        after = updated(self.project, REMOVED)

        assert after.read(SENDER_PATH) == EDITED_SENDER
        assert record(after, "sender.py") is None
        assert plan.notes == (f"`{SENDER_PATH}` is no longer part of the block; yours stays",)

    def test_what_is_renamed_moves_with_your_edits(self) -> None:
        after = updated(self.project, RENAMED)

        assert SENDER_PATH not in after
        assert after.read(RENAMED_PATH) == EDITED_SENDER.replace(b"= 3", b"= 5")

    def test_what_you_changed_to_the_new_version_yourself_is_no_conflict(self) -> None:
        project = self.project.write(SENDER_PATH, NEWER_SENDER)

        plan = update(project, CHANGED)

        assert plan.conflicts == ()
        assert SENDER_PATH not in {change.path for change in plan.changes}


class TestDeleted:
    project = a_project().without(SENDER_PATH)

    def test_it_stays_deleted(self) -> None:
        assert SENDER_PATH not in updated(self.project, SAME)

    def test_that_is_said_if_there_was_something_new(self) -> None:
        after = updated(self.project, CHANGED)

        found = record(after, "sender.py")
        assert found is not None
        assert (found.state, found.base_version) == ("deleted", "1.0.0")
        assert update(self.project, CHANGED).notes == (
            f"`{SENDER_PATH}` stays deleted; `--restore` brings it back",
        )

    def test_what_is_renamed_stays_deleted_under_its_new_name(self) -> None:
        after = updated(self.project, RENAMED)

        assert RENAMED_PATH not in after
        assert not {SENDER_PATH, RENAMED_PATH} & set(after)

    def test_what_is_gone_is_forgotten(self) -> None:
        assert record(updated(self.project, REMOVED), "sender.py") is None

    def test_it_comes_back_when_asked_for(self) -> None:
        restore = Choices("markers", restore=True)
        after = updated(self.project, CHANGED, choices=restore)

        found = record(after, "sender.py")
        assert after.read(SENDER_PATH) == NEWER_SENDER
        assert found is not None
        assert found.state == "tracked"

    def test_it_comes_back_without_a_new_version_too(self) -> None:
        after = updated(self.project, V1, choices=Choices("markers", restore=True))

        assert after.read(SENDER_PATH) == SENDER

    def test_what_you_brought_back_yourself_is_updated_again(self) -> None:
        project = updated(self.project, CHANGED).write(SENDER_PATH, EDITED_SENDER)

        after = updated(project, mails({**FILES, "sender.py": NEWER_SENDER}, version="1.2.0"))

        assert after.read(SENDER_PATH) == EDITED_SENDER.replace(b"= 3", b"= 5")


class TestReplacedByAFolder:
    project = a_project().without(SENDER_PATH).write(f"{SENDER_PATH}/smtp.py", b"mine\n")

    def test_counts_as_deleted(self) -> None:
        after = updated(self.project, CHANGED)

        found = record(after, "sender.py")
        assert after.read(f"{SENDER_PATH}/smtp.py") == b"mine\n"
        assert found is not None
        assert found.state == "deleted"

    def test_is_not_overwritten_to_restore(self) -> None:
        with pytest.raises(PathsOccupied):
            update(self.project, CHANGED, choices=Choices("markers", restore=True))


class TestMoved:
    elsewhere = "app/mailing/send_it.py"
    project = a_project().without(SENDER_PATH).write(elsewhere, SENDER)

    def test_is_found_by_its_content(self) -> None:
        after = updated(self.project, CHANGED)

        found = record(after, "sender.py")
        assert after.read(self.elsewhere) == NEWER_SENDER
        assert SENDER_PATH not in after
        assert found is not None
        assert found.path == self.elsewhere

    def test_may_be_edited_once_it_was_found(self) -> None:
        project = updated(self.project, SAME).write(self.elsewhere, EDITED_SENDER)

        after = updated(project, mails({**FILES, "sender.py": NEWER_SENDER}, version="1.2.0"))

        assert after.read(self.elsewhere) == EDITED_SENDER.replace(b"= 3", b"= 5")

    def test_stays_where_you_put_it_when_theirs_is_renamed(self) -> None:
        after = updated(self.project, RENAMED)

        assert after.read(self.elsewhere) == NEWER_SENDER
        assert RENAMED_PATH not in after

    def test_goes_when_theirs_is_gone(self) -> None:
        assert self.elsewhere not in updated(self.project, REMOVED)

    def test_two_copies_are_none(self) -> None:
        project = self.project.write("app/mailing/copy.py", SENDER)

        after = updated(project, CHANGED)

        found = record(after, "sender.py")
        assert after.read(self.elsewhere) == SENDER
        assert found is not None
        assert found.state == "deleted"

    def test_an_empty_file_is_never_recognised(self) -> None:
        project = a_project().without("app/modules/mails/__init__.py").write("app/x.py", b"")

        found = record(updated(project, SAME), "__init__.py")
        assert found is not None
        assert found.state == "deleted"


class TestNew:
    new = mails({**FILES, "queue.py": b"LENGTH = 9\n"}, version="1.1.0")
    path = "app/modules/mails/queue.py"

    def test_comes(self) -> None:
        after = updated(a_project(), self.new)

        assert after.read(self.path) == b"LENGTH = 9\n"
        assert record(after, "queue.py") is not None

    def test_is_adopted_where_you_made_the_same(self) -> None:
        project = a_project().write(self.path, b"LENGTH = 9\n")

        plan = update(project, self.new)

        assert plan.conflicts == ()
        assert self.path not in {change.path for change in plan.changes}

    def test_is_a_conflict_where_you_made_another(self) -> None:
        project = a_project().write(self.path, b"LENGTH = 1\n")

        plan = update(project, self.new)
        after = updated(project, self.new)

        found = record(after, "queue.py")
        assert [conflict.path for conflict in plan.conflicts] == [self.path]
        assert found is not None
        assert (found.state, found.base, found.base_version) == ("conflicted", digest(b""), "")

    def test_is_refused_where_you_made_a_folder(self) -> None:
        with pytest.raises(PathsOccupied):
            update(a_project().write(f"{self.path}/x", b""), self.new)

    def test_a_renamed_file_does_not_overwrite_yours(self) -> None:
        with pytest.raises(PathsOccupied):
            update(a_project().write(RENAMED_PATH, b"mine\n"), RENAMED)


class TestNamesThatMeet:
    """Renames in which two files would end in one place."""

    first = mails({**FILES, "a.py": b"A = 1\n" * 9, "b.py": b"B = 2\n" * 9})
    edited = b"A = 1\n" * 9 + b"MINE = 1\n"

    def test_two_names_that_were_swapped_lose_no_edit(self) -> None:
        files = {**FILES, "a.py": b"B = 2\n" * 9, "b.py": b"A = 1\n" * 9}
        swapped = mails(files, version="1.1.0", more='[moves]\n"a.py" = "b.py"\n"b.py" = "a.py"\n')
        project = a_project(self.first).write("app/modules/mails/a.py", self.edited)

        plan = update(project, swapped)

        (conflict,) = plan.conflicts
        assert conflict.path == "app/modules/mails/a.py"
        assert "MINE = 1" in conflict.hunks[0]

    def test_a_module_that_became_a_package_takes_your_edits_along(self) -> None:
        files = {**without("sender.py"), "sender/__init__.py": NEWER_SENDER}
        moves = '[moves]\n"sender.py" = "sender/__init__.py"\n'
        project = a_project().write(SENDER_PATH, EDITED_SENDER)

        after = updated(project, mails(files, version="1.1.0", more=moves))

        assert SENDER_PATH not in after
        package = after.read("app/modules/mails/sender/__init__.py")
        assert package == EDITED_SENDER.replace(b"= 3", b"= 5")

    def test_a_file_that_became_a_folder_does_not_take_your_edits_away(self) -> None:
        folder = mails({**without("sender.py"), "sender.py/x.py": b"x = 1\n"}, version="1.1.0")
        project = a_project().write(SENDER_PATH, EDITED_SENDER)

        with pytest.raises(PathsOccupied):
            update(project, folder)

    def test_a_file_that_you_renamed_as_theirs_is_not_deleted(self) -> None:
        files = {**without("sender.py"), "smtp.py": NEWER_SENDER}
        renamed = "app/modules/mails/smtp.py"
        project = a_project().without(SENDER_PATH).write(renamed, SENDER)

        plan = update(project, mails(files, version="1.1.0"))

        assert [conflict.path for conflict in plan.conflicts] == [renamed]
        assert record(applied(plan, project), "sender.py") is None

    def test_a_move_onto_an_installed_file_is_none(self) -> None:
        first = mails({**FILES, "smtp.py": b"def deliver(): ...\n"})
        files = {**without("sender.py"), "smtp.py": b"def deliver(): pass\n"}
        block = mails(files, version="1.1.0", more='[moves]\n"sender.py" = "smtp.py"\n')

        after = updated(a_project(first), block)

        assert after.read("app/modules/mails/smtp.py") == b"def deliver(): pass\n"
        assert SENDER_PATH not in after


class TestConflict:
    project = a_project().write(SENDER_PATH, CLASHING_SENDER)

    def test_markers_show_all_three(self) -> None:
        after = updated(self.project, CHANGED)

        assert (
            b"<<<<<<< yours\nATTEMPTS = 1\n||||||| mails 1.0.0\nATTEMPTS = 3\n"
            b"=======\nATTEMPTS = 5\n>>>>>>> mails 1.1.0\n"
        ) in after.read(SENDER_PATH)

    def test_a_sidecar_leaves_your_file_as_it_is(self) -> None:
        after = updated(self.project, CHANGED, choices=Choices("sidecar"))

        assert after.read(SENDER_PATH) == CLASHING_SENDER
        assert b"<<<<<<< yours" in after.read(f"{SENDER_PATH}.conflict")

    def test_what_is_no_text_stands_beside_yours(self) -> None:
        first = mails({**FILES, "logo.png": b"\x89PNG\0a"})
        newer = mails({**FILES, "logo.png": b"\x89PNG\0c"}, version="1.1.0")
        path = "app/modules/mails/logo.png"

        after = updated(a_project(first).write(path, b"\x89PNG\0b"), newer)

        assert after.read(path) == b"\x89PNG\0b"
        assert after.read(f"{path}.conflict") == b"\x89PNG\0c"

    def test_abort_changes_nothing_and_tells_the_hunks(self) -> None:
        plan = update(self.project, CHANGED, choices=Choices("abort"))

        assert plan.changes == ()
        assert plan.needs_decision
        assert "ATTEMPTS = 5" in plan.conflicts[0].hunks[0]

    @pytest.mark.parametrize("style", ["markers", "sidecar"])
    def test_the_lock_advances_but_not_for_this_file(self, style: ConflictStyle) -> None:
        project = self.project.write(TEXT_PATH, TEXT + b"PS\n")

        after = updated(project, CHANGED, choices=Choices(style))

        sender, text = record(after, "sender.py"), record(after, "templates/welcome.txt")
        assert sender is not None
        assert text is not None
        assert (sender.state, sender.base_version) == ("conflicted", "1.0.0")
        assert (text.state, text.base_version) == ("tracked", "1.1.0")

    def test_the_next_update_waits_for_your_decision(self) -> None:
        with pytest.raises(Unresolved, match=r"sender\.py"):
            update(updated(self.project, CHANGED), CHANGED)

    def test_the_next_update_finishes_what_you_decided(self) -> None:
        conflicted = updated(self.project, CHANGED)
        resolved = conflicted.write(SENDER_PATH, SENDER.replace(b"= 3", b"= 4"))

        after = updated(resolved, CHANGED)

        found = record(after, "sender.py")
        assert after.read(SENDER_PATH) == SENDER.replace(b"= 3", b"= 4")
        assert found is not None
        assert (found.state, found.base) == ("tracked", digest(NEWER_SENDER))

    def test_a_sidecar_is_decided_when_it_is_deleted(self) -> None:
        choices = Choices("sidecar")
        conflicted = updated(self.project, CHANGED, choices=choices)

        with pytest.raises(Unresolved):
            update(conflicted, CHANGED, choices=choices)
        after = updated(conflicted.without(f"{SENDER_PATH}.conflict"), CHANGED, choices=choices)

        found = record(after, "sender.py")
        assert after.read(SENDER_PATH) == CLASHING_SENDER
        assert found is not None
        assert found.state == "tracked"


class TestBase:
    edited = a_project().write(SENDER_PATH, EDITED_SENDER)

    def test_that_is_missing_is_refused(self) -> None:
        with pytest.raises(DamagedBase):
            update(self.edited.without(base_path(digest(SENDER))), CHANGED)

    def test_that_is_damaged_is_refused(self) -> None:
        with pytest.raises(DamagedBase):
            update(self.edited.write(base_path(digest(SENDER)), b"\x1f\x8b broken"), CHANGED)

    def test_of_the_new_version_is_remembered_and_the_old_one_forgotten(self) -> None:
        after = updated(self.edited, CHANGED)

        assert base_path(digest(NEWER_SENDER)) in after
        assert base_path(digest(SENDER)) not in after

    def test_that_another_file_needs_is_kept(self) -> None:
        two = mails({**FILES, "copy.py": SENDER})
        project = a_project(two)

        after = updated(project, mails({**FILES, "copy.py": NEWER_SENDER}, version="1.1.0"))

        assert base_path(digest(SENDER)) in after


@pytest.mark.parametrize("block", [SAME, CHANGED, REMOVED, RENAMED, TestNew.new])
@pytest.mark.parametrize(
    "project",
    [TestAsInstalled.project, TestEdited.project, TestDeleted.project, TestMoved.project],
    ids=["as installed", "edited", "deleted", "moved"],
)
def test_a_second_update_changes_nothing(project: Tree, block: Block) -> None:
    once = updated(project, block)

    assert update(once, block).is_empty
    assert lock_of(once).versions["mails"] == "1.1.0"


def test_an_update_leaves_what_an_installation_would() -> None:
    after, fresh = updated(a_project(), CHANGED), a_project(CHANGED)

    assert {path: after.read(path) for path in after} == {path: fresh.read(path) for path in fresh}
