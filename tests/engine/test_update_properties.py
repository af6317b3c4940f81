"""What holds for every update, whatever the block was, is, and what the user made of it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fastapi_registry.engine.plan import Plan, applied
from fastapi_registry.engine.status import status
from fastapi_registry.engine.update import Choices, ConflictStyle
from tests.engine.edited_texts import Triple, small_triples
from tests.engine.updates import FILES, SENDER_PATH, TEXT_PATH, a_project, mails, update

styles = st.sampled_from(["markers", "sidecar"])


def lines(content: bytes) -> Counter[bytes]:
    return Counter(content.replace(b"\r\n", b"\n").split(b"\n"))


def told(plan: Plan) -> Counter[bytes]:
    """All lines that the user finds after the update, in files or in conflicts."""
    written = [change.after for change in plan.changes if change.after is not None]
    hunks = [hunk.encode() for conflict in plan.conflicts for hunk in conflict.hunks]
    return sum((lines(content) for content in (*written, *hunks)), Counter[bytes]())


def in_two_versions(triple: Triple) -> tuple[Triple, Triple]:
    """A text file and a Python file that were edited alike."""
    return triple, Triple(*(side.replace(b"a", b"x = 1") for side in triple))


@given(small_triples(), styles, st.booleans())
def test_no_line_of_the_user_is_ever_lost(
    triple: Triple, style: ConflictStyle, has_windows_lines: bool
) -> None:
    text, python = in_two_versions(triple)
    line_end = b"\r\n" if has_windows_lines else b"\n"
    first = mails({**FILES, "templates/welcome.txt": text.base, "sender.py": python.base})
    newer = mails(
        {**FILES, "templates/welcome.txt": text.theirs, "sender.py": python.theirs},
        version="1.1.0",
    )
    project = (
        a_project(first)
        .write(TEXT_PATH, text.yours.replace(b"\n", line_end))
        .write(SENDER_PATH, python.yours.replace(b"\n", line_end))
    )

    plan = update(project, newer, choices=Choices(style))

    after = applied(plan, project)
    for path, sides in ((TEXT_PATH, text), (SENDER_PATH, python)):
        added = lines(sides.yours) - lines(sides.base)
        assert added.keys() <= (lines(after.read(path)) + told(plan)).keys()


@given(small_triples())
def test_an_update_is_idempotent(triple: Triple) -> None:
    first = mails({**FILES, "templates/welcome.txt": triple.base})
    newer = mails({**FILES, "templates/welcome.txt": triple.theirs}, version="1.1.0")
    project = a_project(first).write(TEXT_PATH, triple.yours)

    plan = update(project, newer)
    after = applied(plan, project)

    if plan.conflicts:
        (mails_status,) = (each for each in status(after) if each.name == "mails")
        assert mails_status.conflicted == (TEXT_PATH,)
    else:
        assert update(after, newer).is_empty


@given(small_triples())
def test_a_conflict_that_aborts_writes_nothing(triple: Triple) -> None:
    first = mails({**FILES, "templates/welcome.txt": triple.base})
    newer = mails({**FILES, "templates/welcome.txt": triple.theirs}, version="1.1.0")
    project = a_project(first).write(TEXT_PATH, triple.yours)

    plan = update(project, newer, choices=Choices("abort"))

    assert not (plan.conflicts and plan.changes)
