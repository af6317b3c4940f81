"""What an update brings beside files: requirements, settings, migrations, other blocks."""

from __future__ import annotations

from textwrap import dedent

import pytest

from fastapi_registry.engine.dependencies import DependencyConflict
from fastapi_registry.engine.edits.dotenv import shown_keys
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LOCK_PATH, lock_of, write
from fastapi_registry.engine.plan import BlockAction, applied
from fastapi_registry.engine.remove import plan_remove
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.update import Choices
from tests.engine.made_up_blocks import CORE, LOGS, a_migration, a_new_project, installed
from tests.engine.updates import (
    FILES,
    SENDER,
    SENDER_PATH,
    V1,
    a_project,
    core,
    mails,
    update,
    updated,
)

RETRIES = '[[env]]\nname = "MAIL_RETRIES"\nabout = "How often"\nexample = "3"\n'
KEY = '[[env]]\nname = "MAIL_KEY"\nabout = "Signs links"\ngenerate = "key:32"\n'


def revision(number: int) -> dict[str, bytes]:
    return {f"migrations/{number:04}_step.py": dedent(a_migration("mails", number)).encode()}


class TestDependencies:
    first = mails(head='python = ["aiosmtplib >=4.0"]\n')

    def test_a_new_one_is_asked_for(self) -> None:
        block = mails(version="1.1.0", head='python = ["aiosmtplib >=4.0", "jinja2 >=3.1"]\n')

        plan = update(a_project(self.first), block)

        assert plan.dependencies == ("jinja2>=3.1",)
        assert b'"jinja2>=3.1"' in applied(plan, a_project(self.first)).read("pyproject.toml")

    def test_a_higher_minimum_replaces_ours(self) -> None:
        block = mails(version="1.1.0", head='python = ["aiosmtplib >=5.0"]\n')

        after = updated(a_project(self.first), block)

        assert b'"aiosmtplib>=5.0"' in after.read("pyproject.toml")
        assert b"aiosmtplib>=4.0" not in after.read("pyproject.toml")

    def test_one_that_you_took_out_stays_out(self) -> None:
        project = a_project(self.first)
        edited = project.read("pyproject.toml").replace(b'    "aiosmtplib>=4.0",\n', b"")

        after = updated(
            project.write("pyproject.toml", edited),
            mails(version="1.1.0", head='python = ["aiosmtplib >=4.0"]\n'),
        )

        assert after.read("pyproject.toml") == edited

    def test_one_that_you_exclude_is_refused(self) -> None:
        project = a_project()
        edited = project.read("pyproject.toml").replace(
            b"dependencies = [\n", b'dependencies = [\n    "jinja2<3",\n'
        )

        with pytest.raises(DependencyConflict):
            update(
                project.write("pyproject.toml", edited),
                mails(version="1.1.0", head='python = ["jinja2 >=3.1"]\n'),
            )


class TestSettings:
    def test_a_new_one_is_explained_below_those_of_its_block(self) -> None:
        first = mails(more=RETRIES)
        block = mails(version="1.1.0", more=RETRIES + RETRIES.replace("RETRIES", "DELAY"))

        plan = update(a_project(first), block)
        example = applied(plan, a_project(first)).read(".env.example")

        assert plan.env == ("MAIL_DELAY",)
        assert b"# MAIL_RETRIES=3\n# How often\n# MAIL_DELAY=3\n" in example

    def test_what_is_said_of_one_is_renewed_and_still_goes_with_its_block(self) -> None:
        block = mails(version="1.1.0", more=RETRIES.replace("How often", "Times"))

        after = updated(a_project(mails(more=RETRIES)), block)

        assert b"# Times\n# MAIL_RETRIES=3\n" in after.read(".env.example")
        plan = plan_remove(after, ["mails"])
        assert plan.todo == ()
        assert b"MAIL_RETRIES" not in (applied(plan, after).get(".env.example") or b"")

    def test_a_new_secret_is_made(self) -> None:
        after = updated(a_project(), mails(version="1.1.0", more=KEY))

        assert b"MAIL_KEY=made-from-key-32\n" in after.read(".env")

    def test_a_secret_that_this_machine_does_not_have_is_not_made_anew(self) -> None:
        project = a_project(mails(more=KEY)).without(".env")

        assert ".env" not in updated(project, mails(version="1.1.0", more=KEY))

    def test_one_that_you_took_out_stays_out(self) -> None:
        project = a_project(mails(more=RETRIES)).write(".env.example", b"# mine\n")

        after = updated(project, mails(version="1.1.0", more=RETRIES))

        assert shown_keys(after.read(".env.example")) == frozenset()

    def test_a_block_that_gains_settings_is_named_in_the_hub(self) -> None:
        files = {**FILES, "settings.py": b"class MailsSettings: ...\n"}

        after = updated(a_project(), mails(files, version="1.1.0"))

        hub = after.read("app/installed.py")
        assert b"    mails: MailsSettings = MailsSettings()\n" in hub
        assert hub == a_project(mails(files)).read("app/installed.py")

    def test_a_block_that_loses_its_settings_leaves_none_in_the_hub(self) -> None:
        files = {**FILES, "settings.py": b"class MailsSettings: ...\n"}

        after = updated(a_project(mails(files)), mails(version="1.1.0"))

        assert after.read("app/installed.py") == a_project().read("app/installed.py")


class TestMigrations:
    first = mails({**FILES, **revision(1)})
    second = mails({**FILES, **revision(1), **revision(2)}, version="1.1.0")
    folder = "migrations/versions"

    def test_new_ones_follow_the_last_of_the_project(self) -> None:
        project = a_project(self.first).write(
            f"{self.folder}/mine.py", b'revision = "mine"\ndown_revision = "mails_0001"\n'
        )

        plan = update(project, self.second)

        added = applied(plan, project).text(f"{self.folder}/mails_0002_step.py")
        assert plan.migrations == ("mails_0002",)
        assert 'down_revision: str | None = "mine"' in added

    def test_those_that_ran_are_never_written_again(self) -> None:
        changed = revision(1)["migrations/0001_step.py"].replace(b"mails 1.", b"better")
        block = mails({**FILES, "migrations/0001_step.py": changed}, version="1.1.0")
        project = a_project(self.first)

        after = updated(project, block)

        path = f"{self.folder}/mails_0001_step.py"
        assert after.read(path) == project.read(path)

    def test_those_that_you_squashed_do_not_come_back(self) -> None:
        project = a_project(self.first).without(f"{self.folder}/mails_0001_step.py")

        after = updated(project, self.second)

        assert list(after.below(self.folder)) == [f"{self.folder}/mails_0002_step.py"]

    def test_whoever_does_without_them_goes_on_without_them(self) -> None:
        project = a_project(self.first).without(f"{self.folder}/mails_0001_step.py")
        lock = lock_of(project)
        block = lock.get("mails")
        assert block is not None
        without = write(lock.with_block(block._replace(migrations=())))

        plan = update(project.write(LOCK_PATH, without), self.second)

        assert plan.migrations == ()


def test_a_newly_required_block_is_installed_with_it() -> None:
    project = a_project()

    plan = update(project, mails(version="1.1.0"), LOGS)

    assert plan.blocks == (
        BlockAction("logs", "1.0.0", "add"),
        BlockAction("mails", "1.1.0", "update"),
    )
    logs = lock_of(applied(plan, project)).get("logs")
    assert logs is not None
    assert not logs.direct


def test_a_block_that_is_up_to_date_is_kept() -> None:
    plan = update(a_project(), V1)

    assert plan.is_empty
    assert plan.blocks == (BlockAction("mails", "1.0.0", "keep"),)


def test_several_blocks_are_updated_in_one_plan() -> None:
    after = updated(a_project(), mails(version="1.1.0"), core("1.3.0"))

    assert lock_of(after).versions == {"core": "1.3.0", "mails": "1.1.0", "project": "1.0.0"}


def test_a_conflict_in_one_block_stops_the_others_when_it_aborts() -> None:
    ours, theirs = (SENDER.replace(b"= 3", b"= 1"), SENDER.replace(b"= 3", b"= 5"))
    project = a_project().write(SENDER_PATH, ours)
    newer = mails({**FILES, "sender.py": theirs}, version="1.1.0")

    plan = update(project, newer, core("1.3.0"), choices=Choices("abort"))

    assert plan.is_empty


def test_a_hub_that_cannot_be_edited_is_left_to_you() -> None:
    files = {**FILES, "settings.py": b"class MailsSettings: ...\n"}
    project = a_project().write("app/installed.py", b"BLOCKS = make_blocks()\n")

    plan = update(project, mails(files, version="1.1.0"))

    assert [todo.path for todo in plan.todo] == ["app/installed.py"]


def test_a_project_of_another_layout_gets_what_is_rooted_there() -> None:
    layout = Layout.below("shop.blocks", table_prefix="fb_")
    project = installed(Tree(), CORE, V1, layout=layout)
    path = "shop/blocks/modules/mails/sender.py"
    edited = project.write(path, project.read(path) + b"\n\nOURS = 1\n")
    theirs = SENDER.replace(
        b"import Block\n", b"import Block\nfrom app.core.tables import PREFIX\n"
    )

    plan = update(edited, mails({**FILES, "sender.py": theirs}, version="1.1.0"), layout=layout)

    merged = applied(plan, edited).text(path)
    assert plan.conflicts == ()
    assert "from shop.blocks.core.tables import PREFIX\n" in merged
    assert merged.endswith("OURS = 1\n")


def test_an_unedited_project_becomes_what_a_new_one_would_be() -> None:
    settings = {"settings.py": b"class MailsSettings: ...\n"}
    first = mails({**FILES, **revision(1)}, more=RETRIES, head='python = ["aiosmtplib >=4.0"]\n')
    newer = mails(
        {**FILES, **settings, **revision(1), **revision(2)},
        version="1.1.0",
        more=RETRIES + KEY,
        head='python = ["aiosmtplib >=5.0", "jinja2 >=3.1"]\n',
    )

    after, fresh = updated(a_project(first), newer), a_project(newer)

    assert {path: after.read(path) for path in after} == {path: fresh.read(path) for path in fresh}


def test_what_an_update_brought_goes_with_its_block() -> None:
    settings = {"settings.py": b"class MailsSettings: ...\n"}
    newer = mails(
        {**FILES, **settings, **revision(1)},
        version="1.1.0",
        more=RETRIES + KEY,
        head='python = ["jinja2 >=3.1"]\n',
    )
    before = a_new_project()
    project = updated(installed(before, V1), newer)

    after = applied(plan_remove(project, ["mails"], database_at=()), project)

    assert {path: after.read(path) for path in after} == {
        path: before.read(path) for path in before
    }
