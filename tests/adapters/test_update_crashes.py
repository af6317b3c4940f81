"""An update that is killed leaves the old version or the new one, never a mixture."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from fastapi_registry.adapters.disk import apply, read_project, recover
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.plan import Plan, difference
from fastapi_registry.engine.tree import Tree
from tests.adapters.conftest import look
from tests.adapters.test_crashes import DiesAt, in_a_process_that_dies, nobody_waits, steps_of
from tests.engine.updates import FILES, SENDER, SENDER_PATH, a_project, mails, update, without

NEWER = mails(
    {**without("sender.py"), "smtp.py": SENDER.replace(b"= 3", b"= 5"), "queue.py": b"SIZE = 1\n"},
    version="1.1.0",
    more='[moves]\n"sender.py" = "smtp.py"\n',
)


def on_disk(root: Path) -> Path:
    """A project with `mails` 1.0, of which one file was edited."""
    project = a_project(mails(FILES)).write(SENDER_PATH, SENDER + b"\nOURS = 1\n")
    root.mkdir()
    apply(Plan(changes=difference(Tree(), project)), root)
    return root


def test_killed_while_it_writes_it_is_the_old_version_or_the_new_one(tmp_path: Path) -> None:
    old = look(on_disk(tmp_path / "old"))
    counted = on_disk(tmp_path / "counted")
    steps = steps_of(lambda on_step: apply(update(read_project(counted), NEWER), counted, on_step))
    new = look(counted)

    versions = set()
    for number in range(1, len(steps) + 1, 3):
        root = on_disk(tmp_path / str(number))
        plan = update(read_project(root), NEWER)

        assert in_a_process_that_dies(partial(apply, plan, root, DiesAt(number))) == 137
        recover(root, nobody_waits)

        assert look(root) in (old, new)
        versions.add(lock_of(read_project(root)).versions["mails"])

    assert versions == {"1.0.0", "1.1.0"}
