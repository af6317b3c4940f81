"""`mv`: where a file of a block is, said by whoever moved it."""

from __future__ import annotations

import pytest

from fastapi_registry.engine.errors import RegistryError, UnsafePath
from fastapi_registry.engine.placing import PathsOccupied
from fastapi_registry.engine.plan import applied
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.update.relocation import NothingThere, NotOfABlock, plan_move
from tests.engine.updates import (
    FILES,
    SENDER,
    SENDER_PATH,
    TEXT_PATH,
    a_project,
    mails,
    record,
    updated,
)

NEW = "app/sending.py"
V2 = mails(FILES | {"sender.py": SENDER.replace(b"ATTEMPTS = 3", b"ATTEMPTS = 5")}, version="1.1.0")


def moved(project: Tree, old: str = SENDER_PATH, new: str = NEW) -> Tree:
    return applied(plan_move(project, old, new), project)


def test_moves_the_file_and_its_record() -> None:
    found = record(a_project(), "sender.py")
    assert found is not None

    project = moved(a_project())

    assert project.read(NEW) == SENDER
    assert SENDER_PATH not in project
    assert record(project, "sender.py") == found._replace(path=NEW)


def test_a_file_that_was_moved_and_edited_is_followed_by_an_update() -> None:
    edited = SENDER.replace(b"greet(name)", b"greet(name, mood)")
    project = a_project().without(SENDER_PATH).write(NEW, edited)

    after = updated(moved(project), V2)

    assert after.read(NEW) == edited.replace(b"ATTEMPTS = 3", b"ATTEMPTS = 5")
    assert SENDER_PATH not in after


def test_a_file_that_an_update_took_for_deleted_is_followed_again() -> None:
    edited = SENDER.replace(b"greet(name)", b"greet(name, mood)")
    project = updated(a_project().without(SENDER_PATH).write(NEW, edited), V2)
    v3 = mails(
        FILES | {"sender.py": SENDER.replace(b"ATTEMPTS = 3", b"ATTEMPTS = 7")}, version="1.2.0"
    )

    after = updated(moved(project), v3)

    assert b"ATTEMPTS = 7" in after.read(NEW)
    assert b"greet(name, mood)" in after.read(NEW)


def test_back_and_forth_is_nothing() -> None:
    project = a_project()

    back = moved(moved(project), NEW, SENDER_PATH)

    assert dict(back.files) == dict(project.files)


def test_to_where_it_is_already_is_nothing() -> None:
    assert plan_move(a_project(), SENDER_PATH, SENDER_PATH).is_empty


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("app/mine.py", NEW, NotOfABlock),
        (SENDER_PATH, TEXT_PATH, PathsOccupied),
        (SENDER_PATH, "app/mine.py", PathsOccupied),
        (SENDER_PATH, "../outside.py", UnsafePath),
        (SENDER_PATH, "blocks.lock", UnsafePath),
        (SENDER_PATH, ".blocks/base/x.py", UnsafePath),
    ],
)
def test_what_cannot_be_is_refused(old: str, new: str, error: type[RegistryError]) -> None:
    project = a_project().write("app/mine.py", b"mine = 1\n")

    with pytest.raises(error):
        plan_move(project, old, new)


class TestAFolder:
    old, new = "app/modules/mails", "app/mailing"
    edited = SENDER.replace(b"greet(name)", b"greet(name, mood)")

    def test_goes_with_all_that_is_in_it(self) -> None:
        project = a_project().write(f"{self.old}/mine.py", b"mine = 1\n")

        after = moved(project, self.old, self.new)

        assert [*after.below(self.new)] == [
            f"{self.new}/{path}"
            for path in (
                "__init__.py",
                "block.toml",
                "mine.py",
                "sender.py",
                "templates/welcome.txt",
            )
        ]
        assert not [*after.below(self.old)]

    def test_is_followed_by_an_update_also_if_you_moved_it(self) -> None:
        inside = {path: a_project().read(path) for path in a_project().below(self.old)}
        by_hand = {path.replace(self.old, self.new): inside[path] for path in inside}
        project = a_project().without(*inside).merged(by_hand)
        project = project.write(f"{self.new}/sender.py", self.edited)

        after = updated(moved(project, self.old, self.new), V2)

        assert after.read(f"{self.new}/sender.py") == self.edited.replace(b"= 3", b"= 5")

    def test_gets_what_is_new_in_it(self) -> None:
        v2 = mails(
            FILES | {"queue.py": b"LENGTH = 9\n", "templates/bye.txt": b"Bye\n"}, version="1.1.0"
        )

        after = updated(moved(a_project(), self.old, self.new), v2)

        assert after.read(f"{self.new}/queue.py") == b"LENGTH = 9\n"
        assert after.read(f"{self.new}/templates/bye.txt") == b"Bye\n"
        assert not [*after.below(self.old)]

    def test_back_and_forth_is_nothing(self) -> None:
        project = a_project()

        back = moved(moved(project, self.old, self.new), self.new, self.old)

        assert dict(back.files) == dict(project.files)

    def test_does_not_go_where_something_is(self) -> None:
        project = a_project().write(f"{self.new}/sender.py", b"mine = 1\n")

        with pytest.raises(PathsOccupied):
            plan_move(project, self.old, self.new)

    def test_with_the_file_that_names_the_blocks_stays(self) -> None:
        with pytest.raises(NotOfABlock):
            plan_move(a_project(), "app", "shop")


def test_a_file_that_is_nowhere_is_told() -> None:
    with pytest.raises(NothingThere):
        plan_move(a_project().without(SENDER_PATH), SENDER_PATH, NEW)
