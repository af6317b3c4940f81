"""Files that the user's formatter rewrote. The formatter here is a rule of its own: 'quotes'."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi_registry.engine.update import Choices
from tests.engine.updates import (
    FILES,
    SENDER,
    SENDER_PATH,
    TEXT,
    TEXT_PATH,
    a_project,
    mails,
    record,
    update,
    updated,
)

NEWER_SENDER = SENDER.replace(b'"Hello"', b'"Welcome"')
NEWER = mails({**FILES, "sender.py": NEWER_SENDER}, version="1.1.0")


def single_quotes(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: content.replace(b'"', b"'") for path, content in contents.items()}


FORMATTED = Choices("markers", formatter=single_quotes)


def test_reformatting_alone_is_no_conflict_and_stays() -> None:
    project = a_project().write(SENDER_PATH, SENDER.replace(b'"', b"'"))

    after = updated(project, NEWER, choices=FORMATTED)

    assert after.read(SENDER_PATH) == NEWER_SENDER.replace(b'"', b"'")


def test_edits_of_a_reformatted_file_are_kept() -> None:
    yours = SENDER.replace(b'"', b"'").replace(b"Block(to, ATTEMPTS)", b"Block(to, 9)")

    after = updated(a_project().write(SENDER_PATH, yours), NEWER, choices=FORMATTED)

    assert after.read(SENDER_PATH) == yours.replace(b"'Hello'", b"'Welcome'")


def test_without_a_formatter_the_texts_are_merged_as_they_are() -> None:
    project = a_project().write(SENDER_PATH, SENDER.replace(b'"', b"'"))

    assert update(project, NEWER).conflicts != ()


def test_a_file_that_the_user_does_not_format_stays_as_it_is() -> None:
    yours = SENDER + b'\nREPLY_TO = "me"\n'

    after = updated(a_project().write(SENDER_PATH, yours), NEWER, choices=FORMATTED)

    assert after.read(SENDER_PATH) == NEWER_SENDER + b'\nREPLY_TO = "me"\n'


def test_what_the_formatter_cannot_read_is_merged_as_it_is() -> None:
    choices = Choices("markers", formatter=lambda contents: {})

    after = updated(a_project().write(SENDER_PATH, SENDER + b"MINE = 1\n"), NEWER, choices=choices)

    assert after.read(SENDER_PATH) == NEWER_SENDER + b"MINE = 1\n"


def test_only_python_is_formatted() -> None:
    newer = mails(
        {**FILES, "templates/welcome.txt": TEXT.replace(b"welcome", b'"hi"')}, version="2.0.0"
    )

    after = updated(a_project().write(TEXT_PATH, TEXT + b"PS\n"), newer, choices=FORMATTED)

    assert b'"hi"' in after.read(TEXT_PATH)


def test_the_base_that_is_remembered_is_the_text_as_it_was_published() -> None:
    project = a_project().write(SENDER_PATH, SENDER.replace(b'"', b"'"))

    after = updated(project, NEWER, choices=FORMATTED)

    assert record(after, "sender.py") == record(a_project(NEWER), "sender.py")
