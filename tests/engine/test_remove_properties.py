"""What holds after any sequence of adding, editing, reformatting and removing."""

from __future__ import annotations

import re

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fastapi_registry.engine.base import base_of
from fastapi_registry.engine.doctor.diagnosis import diagnose
from fastapi_registry.engine.edits.python_source import errors
from fastapi_registry.engine.errors import DecisionNeeded
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LOCK_PATH, lock_of
from fastapi_registry.engine.plan import applied
from fastapi_registry.engine.remove import RequiredBy, StillUsed, plan_remove
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.undo.planning import plan_undo
from fastapi_registry.engine.undo.record import RECORD, with_record
from tests.engine.made_up_blocks import AUTH, CORE, LOGS, TEAMS, USERS, install

ALL = {block.name: block for block in (CORE, AUTH, LOGS, TEAMS, USERS)}
NEEDS = {
    name: {requirement.name for requirement in block.manifest.requires}
    for name, block in ALL.items()
}
LAYOUT = Layout(
    root_package="shop.blocks",
    root_path="shop/blocks",
    hub="shop/blocks/installed.py",
    versions="alembic/versions",
    joins=True,
)
BEGINNING = Tree(
    {
        "pyproject.toml": b'[project]\nname = "shop"\ndependencies = ["sqlalchemy>=2.0"]\n',
        "shop/main.py": b"app = 1\n",
        ".env": b"MINE=1\n",
        "alembic/versions/a.py": b'revision = "a"\ndown_revision = None\n',
    }
)
names = st.sampled_from(sorted(ALL))
NO_REVISIONS = re.compile(r"alembic/versions/\w+_\d+_\w+\.py")
"""A revision stays while another continues it; then nobody remembers whose it was."""


class Projects(RuleBasedStateMachine):
    """One project in memory, and a person with a formatter and little patience."""

    @initialize()
    def begin(self) -> None:
        self.project = BEGINNING
        self.edited: dict[str, bytes] = {}

    @rule(name=names)
    def add(self, name: str) -> None:
        wanted = _with_needs(name)
        blocks = [ALL[each] for each in sorted(wanted)]
        try:
            plan = install(self.project, *blocks, layout=LAYOUT, direct=[name])
        except DecisionNeeded:  # an edited file of before is where it would write
            assert self.edited
            return
        before = self.project
        self.project = applied(with_record(plan, before, "add"), before)
        assert install(self.project, *blocks, layout=LAYOUT, direct=[name]).is_empty
        if plan.changes:
            undone = applied(plan_undo(self.project), self.project)
            assert dict(undone.files) == dict(before.without(RECORD).files)

    @rule(name=names)
    def remove(self, name: str) -> None:
        lock = lock_of(self.project)
        if name not in lock:
            return
        try:
            plan = plan_remove(self.project, [name], database_at=())
        except RequiredBy:
            assert any(name in block.requires for block in lock.blocks)
            return
        except StillUsed as refusal:
            paths = {usage.path for usage in refusal.usages}
            assert all(path in self.edited or NO_REVISIONS.fullmatch(path) for path in paths)
            return
        before = self.project
        self.project = applied(with_record(plan, before, "remove"), before)
        if lock_of(self.project).blocks:
            undone = applied(plan_undo(self.project), self.project)
            assert dict(undone.files) == dict(before.without(RECORD).files)

    @rule(name=names, number=st.integers(0, 99))
    def edit(self, name: str, number: int) -> None:
        locked = lock_of(self.project).get(name)
        paths = [file.path for file in locked.files if file.path.endswith(".py")] if locked else []
        for path in paths[number % len(paths) :][:1] if paths else []:
            if path in self.project:
                content = self.project.read(path) + b"\nMINE = %d\n" % number
                self.project = self.project.write(path, content)
                self.edited[path] = content

    @rule()
    def reformat(self) -> None:
        """Other quotes, wider lists, lines of nothing."""
        for path in list(self.project):
            if path.startswith("shop/blocks/") and path.endswith(".py"):
                content = self.project.read(path).replace(b'"app"', b"'app'")
                content = content.replace(b" = (\n    core", b" = (\n\n    core")
                self.project = self.project.write(path, content)
                if path in self.edited:
                    self.edited[path] = content

    @invariant()
    def no_edit_is_lost(self) -> None:
        for path, content in self.edited.items():
            assert self.project.get(path) == content

    @invariant()
    def everything_can_be_updated(self) -> None:
        for sha256 in lock_of(self.project).bases:
            base_of(self.project, sha256)

    @invariant()
    def nothing_is_remembered_that_is_not_installed(self) -> None:
        kept = sum(path.startswith(".blocks/base/") for path in self.project)
        assert kept == len(lock_of(self.project).bases)

    @invariant()
    def the_wiring_is_whole_and_reads(self) -> None:
        found = {finding.kind for finding in diagnose(self.project)}
        assert found <= {"migration"}
        if LAYOUT.hub in self.project:
            assert errors(self.project.read(LAYOUT.hub)) == 0

    @invariant()
    def requirements_are_met(self) -> None:
        lock = lock_of(self.project)
        assert all(need in lock for block in lock.blocks for need in block.requires)

    @precondition(lambda self: not lock_of(self.project).blocks and not self.edited)
    @invariant()
    def nothing_is_left_when_all_is_gone(self) -> None:
        left = {p: self.project.read(p) for p in self.project if not NO_REVISIONS.fullmatch(p)}
        assert left == dict(BEGINNING.files)
        assert LOCK_PATH not in self.project


def _with_needs(name: str) -> set[str]:
    return {name}.union(*(_with_needs(need) for need in NEEDS[name]))


TestProjects = Projects.TestCase
TestProjects.settings = settings(max_examples=60, stateful_step_count=15)
