"""`remove`: what goes with a block, what stays, and what keeps it from going."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest

from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LOCK_PATH, lock_of
from fastapi_registry.engine.plan import Plan, applied
from fastapi_registry.engine.remove import (
    CannotBeRemoved,
    NotInstalled,
    RequiredBy,
    StillUsed,
    TablesStay,
    TiedUp,
    plan_remove,
)
from fastapi_registry.engine.tree import Tree
from tests.engine.made_up_blocks import (
    AUTH,
    CORE,
    LOGS,
    TEAMS,
    USERS,
    a_migration,
    a_new_project,
    installed,
)

HUB = "app/installed.py"
SETTINGS = "app/modules/auth/settings.py"
FIRST = "migrations/versions/auth_0001_users.py"
LAST = "migrations/versions/auth_0002_sessions.py"
THEIRS = Layout(
    root_package="shop.blocks",
    root_path="src/shop/blocks",
    hub="src/shop/blocks/installed.py",
    versions="alembic/versions",
    dependency_file="requirements.txt",
    env_file=".blocks/.env",
    joins=True,
)


def removed(project: Tree, *names: str, at: Collection[str] | None = None) -> Tree:
    return applied(plan_remove(project, names, database_at=at), project)


def content(project: Tree) -> Mapping[str, bytes]:
    return dict(project.files)


def names(plan: Plan) -> list[str]:
    return [block.name for block in plan.blocks]


def a_foreign_project(**files: str) -> Tree:
    """Somebody's own, with a requirement that lacks an extra which `core` needs."""
    own = {"requirements.txt": "fastapi\nsqlalchemy>=2.0\n", "src/shop/main.py": "app = 1\n"}
    return Tree({path: text.encode() for path, text in {**own, **files}.items()})


def test_what_was_added_is_gone_without_a_trace() -> None:
    before = a_new_project(LOGS)

    after = removed(installed(before, AUTH), "auth")

    assert content(after) == content(before)


def test_several_go_together_in_reverse_order() -> None:
    before = a_new_project()
    project = installed(before, AUTH, LOGS, USERS)

    plan = plan_remove(project, ["auth", "logs", "users"])

    assert names(plan) == ["users", "logs", "auth"]
    assert content(applied(plan, project)) == content(before)


def test_what_only_came_along_goes_too_and_is_told() -> None:
    before = a_new_project()
    project = installed(before, AUTH, LOGS, USERS, direct=["users"])

    plan = plan_remove(project, ["users"])

    assert names(plan) == ["users", "logs", "auth"]
    assert plan.notes[:2] == (
        "`auth` had only come along, and nobody else needs it: it goes too",
        "`logs` had only come along, and nobody else needs it: it goes too",
    )
    assert content(applied(plan, project)) == content(before)


def test_what_the_user_asked_for_stays() -> None:
    project = installed(a_new_project(), AUTH, LOGS, USERS, direct=["users", "auth"])

    assert names(plan_remove(project, ["users"])) == ["users", "logs"]


def test_what_came_along_stays_with_what_you_made_of_it() -> None:
    project = installed(a_new_project(), AUTH, LOGS, USERS, direct=["users"])
    project = project.write(SETTINGS, b"class AuthSettings: mine = 1\n")

    plan = plan_remove(project, ["users"])

    assert names(plan) == ["users", "logs"]
    assert plan.todo == ()
    assert "`fastapi-blocks remove auth`" in plan.notes[1]


def test_a_project_of_somebody_else_is_as_it_was() -> None:
    before = a_foreign_project()
    project = installed(before, CORE, AUTH, layout=THEIRS, direct=["auth"])

    plan = plan_remove(project, ["auth"])

    assert names(plan) == ["auth", "core"]
    assert content(applied(plan, project)) == content(before)


def test_what_is_needed_stays_and_the_chain_is_told() -> None:
    project = installed(a_new_project(), AUTH, LOGS, USERS)

    with pytest.raises(RequiredBy, match="`auth` is still needed: users → auth") as refusal:
        plan_remove(project, ["auth"])

    assert refusal.value.chains == (("users", "auth"),)
    assert refusal.value.hint == "remove them together: `fastapi-blocks remove auth users`"


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("project", CannotBeRemoved, "`project` is what `init` made"),
        ("core", CannotBeRemoved, "`core` cannot be removed here"),
        ("teams", NotInstalled, "`teams` is not installed here"),
    ],
)
def test_what_cannot_go_is_told(name: str, kind: type[RegistryError], sentence: str) -> None:
    with pytest.raises(kind, match=sentence) as refusal:
        plan_remove(a_new_project(AUTH), [name])

    assert refusal.value.hint


def test_an_edited_file_stays_and_is_listed() -> None:
    project = a_new_project(AUTH).write(SETTINGS, b"class AuthSettings: mine = 1\n")

    plan = plan_remove(project, ["auth"])

    assert [todo.path for todo in plan.todo] == [SETTINGS]
    assert list(applied(plan, project).below("app/modules/auth")) == [SETTINGS]


def test_a_deleted_file_is_no_obstacle() -> None:
    project = a_new_project(AUTH).without(SETTINGS)

    assert content(removed(project, "auth")) == content(a_new_project())


def test_line_endings_of_git_are_no_edit() -> None:
    project = a_new_project(AUTH)
    project = project.write(SETTINGS, project.read(SETTINGS).replace(b"\n", b"\r\n"))

    assert plan_remove(project, ["auth"]).todo == ()


def test_what_only_lost_its_base_counts_as_edited() -> None:
    project = a_new_project(AUTH).write(SETTINGS, b"class AuthSettings:\n    ...\n")
    locked = lock_of(project).get("auth")
    assert locked is not None
    base = next(file.base for file in locked.files if file.path == SETTINGS)

    plan = plan_remove(project.without(f".blocks/base/{base}.gz"), ["auth"])

    assert [todo.path for todo in plan.todo] == [SETTINGS]


FIX = ("ruff", "check", "--select=I", "--fix-only", "--quiet")
FORMAT = ("ruff", "format", "--quiet")
REFORMATS = {
    "long lines and single quotes": (
        FIX,
        (*FORMAT, "--config=line-length=120", "--config=format.quote-style='single'"),
    ),
    "one import a line": ((*FIX, "--config=lint.isort.force-single-line=true"),),
    "short lines": (
        (*FORMAT, "--config=line-length=60", "--config=format.skip-magic-trailing-comma=true"),
    ),
}


@pytest.mark.parametrize("tools", REFORMATS.values(), ids=list(REFORMATS))
def test_a_reformatted_block_goes_as_a_whole(tools: tuple[tuple[str, ...], ...]) -> None:
    plain = {"modules/auth/router.py": ROUTER, "modules/auth/migrations/0003_x.py": REVISION}
    block = replace(AUTH, files=AUTH.files.merged({p: t.encode() for p, t in plain.items()}))
    before = a_new_project(LOGS)
    project = installed(before, block)
    reformatted = project.merged(
        {path: formatted(project.read(path), tools) for path in project if path.endswith(".py")}
    )
    assert reformatted.read("app/modules/auth/router.py") != ROUTER.encode()

    plan = plan_remove(reformatted, ["auth"])

    assert plan.todo == ()
    assert sorted(applied(plan, reformatted)) == sorted(before)
    assert b"auth" not in applied(plan, reformatted).read(HUB).lower()


ROUTER = '''\
"""Routes of "auth",
  indented somehow.
"""
import json, os  # both
from app.core.blocks import Block, Block as B
from app.core import blocks

NAMES = ("one", 'two', "it's", os.sep, json.dumps(Block), B, blocks)


def route(first: int, second: int = 1, third: str = "three") -> dict[str, "tuple[int, int]"]:
    # stays
    return {"first": (first, second), "second": (second, first), third: (1, 2), "fourth": (1, 2)}
'''
REVISION = a_migration("auth", 3).replace('        """', '"""').replace("        ", "")


def formatted(source: bytes, tools: tuple[tuple[str, ...], ...]) -> bytes:
    for tool in tools:
        command = [sys.executable, "-m", *tool, "--isolated", "--stdin-filename=app/x.py", "-"]
        done = subprocess.run(command, input=source, capture_output=True, check=False)
        source = done.stdout
    return source


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("app/main.py", "from app.modules.auth import block\n", 1),
        ("app/main.py", "x = 1\nfrom app.modules import auth\n", 2),
        ("app/main.py", "import app.modules.auth.settings as s\n", 1),
        ("app/modules/mine/service.py", "from ..auth import AuthSettings\n", 1),
        ("app/modules/mine.py", "def f():\n    from .auth.settings import AuthSettings\n", 2),
        ("app/modules/mine.py", "from . import auth\n", 1),
        ("tests/test_it.py", "from app.modules.auth.settings import AuthSettings\n", 1),
    ],
)
def test_code_that_still_imports_it_is_listed(path: str, text: str, line: int) -> None:
    project = a_new_project(AUTH).write(path, text.encode())

    with pytest.raises(StillUsed) as refusal:
        plan_remove(project, ["auth"])

    assert f"\n  {path}:{line}" in refusal.value.message


@pytest.mark.parametrize(
    "text", ["from app.modules.authors import x\n", "# from app.modules.auth import block\n"]
)
def test_code_that_only_looks_like_it_is_none(text: str) -> None:
    project = a_new_project(AUTH).write("app/mine.py", text.encode())

    assert names(plan_remove(project, ["auth"])) == ["auth"]


def test_a_hub_that_cannot_be_edited_keeps_the_block() -> None:
    project = a_new_project(AUTH)
    hub = project.read(HUB).replace(b"BLOCKS: tuple[Block, ...] = (", b"BLOCKS = tuple(")

    with pytest.raises(TiedUp, match=f"{HUB}: name `auth` in the hub") as refusal:
        plan_remove(project.write(HUB, hub), ["auth"])

    assert "from app.modules.auth import block as auth" in refusal.value.message


def test_a_hub_of_the_users_own_stays() -> None:
    project = installed(a_foreign_project(), CORE, layout=THEIRS)
    project = project.write(THEIRS.hub, project.read(THEIRS.hub) + b"\nMINE = 1\n")

    plan = plan_remove(project, ["core"])

    assert [todo.path for todo in plan.todo] == [THEIRS.hub]
    assert applied(plan, project).read(THEIRS.hub).endswith(b"MINE = 1\n")


def test_a_shared_requirement_becomes_as_weak_as_before() -> None:
    before = a_foreign_project()
    with_auth = installed(before, CORE, AUTH, layout=THEIRS, direct=["core", "auth"])
    with_both = installed(with_auth, LOGS, layout=THEIRS)
    assert "pydantic[email]>=2.9" in with_both.text("requirements.txt")

    assert content(removed(with_both, "logs")) == content(with_auth)
    assert "pydantic[email]>=2.8" in removed(with_both, "auth").text("requirements.txt")


def test_extras_of_ours_go_and_the_users_stay() -> None:
    before = a_foreign_project(**{"requirements.txt": "sqlalchemy[mypy]>=2.0  # theirs\n"})
    project = installed(before, CORE, layout=THEIRS)
    assert "sqlalchemy[mypy,asyncio]>=2.0  # theirs\n" in project.text("requirements.txt")

    assert content(removed(project, "core")) == content(before)


def test_a_requirement_that_you_changed_is_yours() -> None:
    project = a_new_project(AUTH)
    toml = project.text("pyproject.toml").replace("pwdlib[argon2]>=0.2", "pwdlib[argon2]==0.2.1")

    after = removed(project.write("pyproject.toml", toml.encode()), "auth")

    assert "pwdlib[argon2]==0.2.1" in after.text("pyproject.toml")


def test_a_setting_that_another_block_needs_stays_with_that_block() -> None:
    shared = TEAMS.manifest._replace(env=AUTH.manifest.env)
    teams = replace(TEAMS, manifest=shared, files=TEAMS.files.write(*_manifest_with_auths_env()))
    alone = installed(a_new_project(), teams)
    both = installed(installed(a_new_project(), AUTH), teams)

    after = removed(both, "auth")

    assert after.text(".env.example") == alone.text(".env.example")
    assert after.text(".env") == both.text(".env")
    assert content(removed(after, "teams")) == content(a_new_project())


def _manifest_with_auths_env() -> tuple[str, bytes]:
    auths = AUTH.files.text("modules/auth/block.toml")
    path = "modules/teams/block.toml"
    own = TEAMS.files.text(path).partition("[[env]]")[0]
    return path, (own + auths[auths.index("[[env]]") :]).encode()


def test_your_own_lines_in_a_section_stay() -> None:
    project = a_new_project(AUTH)
    example = project.text(".env.example").replace(
        "# --- auth: Sign-in ---\n", "# --- auth: Sign-in ---\n# MINE=1\n"
    )

    after = removed(project.write(".env.example", example.encode()), "auth")

    assert "# --- auth: Sign-in ---\n# MINE=1\n" in after.text(".env.example")
    assert "AUTH_PEPPER" not in after.text(".env.example")


def test_a_line_of_a_section_that_you_edited_stays_and_is_told() -> None:
    project = a_new_project(AUTH)
    example = project.text(".env.example").replace("AUTH_PEPPER=", "AUTH_PEPPER=ask-ada", 1)

    plan = plan_remove(project.write(".env.example", example.encode()), ["auth"])

    assert "AUTH_PEPPER=ask-ada\n" in applied(plan, project).text(".env.example")
    (todo,) = plan.todo
    assert todo.path == ".env.example"
    assert "`AUTH_PEPPER`" in todo.why


def test_a_setting_that_was_there_before_stays() -> None:
    before = a_new_project()
    before = before.write(".env", before.read(".env") + b"AUTH_PEPPER=mine\n")

    after = removed(installed(before, AUTH), "auth")

    assert content(after) == content(before)


def test_revisions_that_a_database_ran_stay_with_the_secret_of_their_data() -> None:
    project = a_new_project(AUTH)

    plan = plan_remove(project, ["auth"], database_at=["auth_0001"])

    after = applied(plan, project)
    assert FIRST in after
    assert LAST not in after
    assert "AUTH_PEPPER=" in after.text(".env")
    assert plan.migrations == ("auth_0002",)
    assert plan.notes == (
        "auth_0001 was run: that stays as history; to drop its tables: "
        f"`python -m app db downgrade base`, then delete {FIRST}",
    )
    assert not plan.needs_decision


def test_a_database_that_does_not_answer_is_told() -> None:
    plan = plan_remove(a_new_project(AUTH), ["auth"])

    assert plan.notes == ("no database answered: auth_0001, auth_0002 counted as never run",)


def test_a_database_at_an_unknown_revision_may_have_run_everything() -> None:
    after = removed(a_new_project(AUTH), "auth", at=["made-on-another-branch"])

    assert {FIRST, LAST} <= {*after}


def test_a_revision_that_yours_continues_stays() -> None:
    project = a_new_project(AUTH)
    mine = b'revision = "mine"\ndown_revision = "auth_0002"\n'
    project = project.write("migrations/versions/mine.py", mine)

    plan = plan_remove(project, ["auth"])

    assert {FIRST, LAST} <= {*applied(plan, project)}
    assert 'db migrate --drop-left -m "drop auth"`, then upgrade' in plan.notes[0]


def test_a_revision_that_you_edited_stays() -> None:
    project = a_new_project(AUTH)
    project = project.write(LAST, project.read(LAST) + b"\nMINE = 1\n")

    plan = plan_remove(project, ["auth"])

    assert {FIRST, LAST} <= {*applied(plan, project)}
    assert plan.notes[0].startswith("auth_0001 is continued, auth_0002 was edited: ")


def test_added_again_finds_the_history_that_stayed() -> None:
    project = a_new_project(AUTH)

    again = installed(removed(project, "auth", at=["auth_0002"]), AUTH)

    assert content(again.without(LOCK_PATH)) == content(project.without(LOCK_PATH))
    assert [block.migrations for block in lock_of(again).blocks] == [
        block.migrations for block in lock_of(project).blocks
    ]


def test_an_env_of_your_own_is_told_how_to_leave_the_tables_alone() -> None:
    project = installed(a_foreign_project(), CORE, AUTH, layout=THEIRS, direct=["auth"])

    plan = plan_remove(project, ["auth"], database_at=["auth_0002"])

    assert "include_name=leaving_alone(context.config, BLOCKS)" in plan.notes[-1]
    assert "from shop.blocks.core.left_tables import leaving_alone" in plan.notes[-1]


def test_core_stays_while_a_history_needs_it() -> None:
    project = installed(a_foreign_project(), CORE, AUTH, layout=THEIRS, direct=["auth"])

    plan = plan_remove(project, ["auth"], database_at=["auth_0002"])
    assert names(plan) == ["auth"]

    with pytest.raises(TablesStay, match="auth_0001 was run, auth_0002 was run") as refusal:
        plan_remove(project, ["auth", "core"], database_at=["auth_0002"])
    assert "`alembic downgrade base`" in refusal.value.hint


def test_the_lock_and_what_stands_beside_it_go_with_the_last_block() -> None:
    project = installed(a_foreign_project(), CORE, layout=THEIRS)

    after = removed(project, "core")

    assert LOCK_PATH not in after
    assert [path for path in after if path.startswith(".blocks/")] == []
