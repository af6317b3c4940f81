from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

import pytest

from fastapi_registry.engine.block import Block, StrayFile
from fastapi_registry.engine.dependencies import DependencyConflict
from fastapi_registry.engine.edits.alembic import SeveralHeads
from fastapi_registry.engine.errors import UnsafePath
from fastapi_registry.engine.install import NotABlockToAdd, plan_install
from fastapi_registry.engine.layout import NEW_PROJECT, Layout, layout_of
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.placing import CaseTwins, PathsOccupied
from fastapi_registry.engine.plan import applied
from fastapi_registry.engine.tree import Tree
from tests.engine.made_up_blocks import (
    AUTH,
    CORE,
    LOGS,
    MODULES,
    PROJECT,
    TEAMS,
    USERS,
    a_block,
    a_new_project,
    install,
    installed,
)

FOREIGN = Layout.below("shop.blocks", table_prefix="fb_")._replace(
    versions="alembic/versions",
    dependency_file="requirements.txt",
    env_file=".blocks/.env",
    joins=True,
    database_url="settings.db_dsn",
    database_import="from shop.config import settings",
)


def topological_orders() -> Iterator[Sequence[Block]]:
    for order in permutations(MODULES):
        if order.index(USERS) > max(order.index(AUTH), order.index(LOGS)):
            yield order


def compared(project: Tree) -> dict[str, bytes]:
    """Without secrets, records and history: what every order must agree on."""
    return {
        path: project.read(path)
        for path in project
        if path not in (".env", "blocks.lock")
        and not path.startswith((".blocks/", "migrations/versions/"))
    }


def test_every_order_of_installation_leads_to_the_same_project() -> None:
    at_once = compared(a_new_project(*MODULES))

    for order in topological_orders():
        project = a_new_project()
        for block in order:
            project = installed(project, block)
        assert compared(project) == at_once


def test_a_history_has_one_line_in_the_order_of_adding() -> None:
    project = installed(installed(a_new_project(), LOGS), AUTH)

    downs = {m.revision: m.down for b in lock_of(project).blocks for m in b.migrations}

    assert downs == {"logs_0001": "", "auth_0001": "logs_0001", "auth_0002": "auth_0001"}


def test_a_second_add_changes_nothing() -> None:
    project = a_new_project(*MODULES)

    plan = install(project, CORE, *MODULES, direct=["auth", "users"])

    assert plan.is_empty
    assert {action.action for action in plan.blocks} == {"keep"}


def test_a_second_add_changes_nothing_whatever_was_edited() -> None:
    project = a_new_project(AUTH)
    edited = {path: b"mine" for path in project if path != "blocks.lock"}

    assert install(project.merged(edited), CORE, AUTH, direct=["auth"]).is_empty


def test_a_second_add_brings_nothing_back() -> None:
    project = a_new_project(AUTH)

    assert install(project.without("app/installed.py", ".env", "app/core/tables.py"), AUTH).is_empty


def test_what_came_along_can_be_asked_for_later() -> None:
    project = installed(a_new_project(), USERS, AUTH, LOGS, direct=["users"])

    plan = install(project, AUTH, direct=["auth"])

    assert [change.path for change in plan.changes] == ["blocks.lock"]
    auth = lock_of(applied(plan, project)).get("auth")
    assert auth is not None
    assert auth.direct


def test_a_plan_tells_what_it_does() -> None:
    plan = install(a_new_project(), AUTH)

    assert [(action.name, action.action) for action in plan.blocks] == [("auth", "add")]
    assert plan.dependencies == ("pwdlib[argon2]>=0.2", "pydantic>=2.9")
    assert plan.env == ("ACCESS_TOKEN_EXPIRES_MINUTES", "AUTH_PEPPER")
    assert plan.migrations == ("auth_0001", "auth_0002")
    assert not plan.needs_decision


def test_modern_bounds_are_for_new_projects_alone() -> None:
    assert b'"sqlalchemy[asyncio]>=2.1.5"' in a_new_project().read("pyproject.toml")

    project = installed(Tree({"requirements.txt": b""}), CORE, layout=FOREIGN)

    assert b"sqlalchemy[asyncio]>=2.0\n" in project.read("requirements.txt")


def test_a_file_of_the_users_is_not_overwritten() -> None:
    project = a_new_project().write("app/modules/auth/settings.py", b"mine")

    with pytest.raises(PathsOccupied) as refusal:
        install(project, AUTH)

    assert refusal.value.paths == ("app/modules/auth/settings.py",)


def test_an_equal_file_is_in_nobodys_way() -> None:
    content = AUTH.files.read("modules/auth/settings.py")
    project = a_new_project().write("app/modules/auth/settings.py", content)

    assert not install(project, AUTH).needs_decision


@pytest.mark.parametrize("path", ["app/modules/auth", "app/modules/auth/settings.py/x"])
def test_a_file_where_a_folder_belongs_is_in_the_way(path: str) -> None:
    with pytest.raises(PathsOccupied):
        install(a_new_project().write(path, b"mine"), AUTH)


@pytest.mark.parametrize("path", ["App/x.py", "app/Modules/x.py", "app/modules/auth/SETTINGS.py"])
def test_a_twin_that_differs_in_case_is_refused(path: str) -> None:
    with pytest.raises(CaseTwins):
        install(a_new_project().write(path, b""), AUTH)


@pytest.mark.parametrize("src", ["../x.py", "/etc/passwd", "modules/auth/../../x"])
def test_a_block_cannot_name_a_path_outside(src: str) -> None:
    with pytest.raises((UnsafePath, StrayFile)):
        install(a_new_project(), Block(AUTH.manifest, Tree({src: b""})))


@pytest.mark.parametrize("src", ["modules/users/x.py", "installed.py", "core/x.py"])
def test_a_block_has_no_files_in_the_place_of_another(src: str) -> None:
    with pytest.raises(StrayFile):
        Block(AUTH.manifest, Tree({src: b""}))


def test_a_pin_that_excludes_a_block_is_told_before_any_write() -> None:
    project = Tree({"requirements.txt": b"pydantic<2\n"})

    with pytest.raises(DependencyConflict, match=r"`core` needs `pydantic>=2.7`.*`pydantic<2`"):
        install(project, CORE, layout=FOREIGN)


@pytest.mark.parametrize("there", ["pydantic<2; python_version<'3.8'", "pydantic @ https://a.b/c"])
def test_what_does_not_hold_everywhere_excludes_nothing(there: str) -> None:
    project = Tree({"requirements.txt": f"{there}\n".encode()})

    assert there in installed(project, CORE, layout=FOREIGN).text("requirements.txt")


def test_several_heads_are_a_question() -> None:
    heads = {
        f"alembic/versions/{n}.py": f"revision = '{n}'\ndown_revision = None\n".encode()
        for n in "ab"
    }

    with pytest.raises(SeveralHeads):
        install(Tree({"requirements.txt": b"", **heads}), CORE, AUTH, layout=FOREIGN)


def test_secrets_go_to_env_alone() -> None:
    project = a_new_project(AUTH)

    secret = b"made-from-token-48"

    assert secret in project.read(".env")
    assert all(secret not in project.read(path) for path in project if path != ".env")
    assert b"# AUTH_PEPPER=\n" in project.read(".env.example")


def test_a_secret_of_the_users_own_is_not_taken_for_ours() -> None:
    project = Tree({".env": b"SECRET_KEY=theirs\n", "requirements.txt": b""})

    added = installed(project, CORE, layout=FOREIGN)

    assert added.read(".env") == b"SECRET_KEY=theirs\n"
    assert added.read(".blocks/.env") == b"AUTH_SECRET_KEY=made-from-key-32\n"
    assert b"AUTH_SECRET_KEY=" in added.read(".env.example")


def test_a_new_project_keeps_the_usual_name_of_its_secret() -> None:
    project = a_new_project()

    assert project.read(".env") == b"APP_NAME=Shop\nSECRET_KEY=made-from-key-32\n"
    assert b"# SECRET_KEY=" in project.read(".env.example")


def test_another_root_moves_imports_paths_and_tables() -> None:
    project = installed(Tree({"requirements.txt": b""}), CORE, AUTH, layout=FOREIGN)

    assert b"from shop.blocks.modules.auth" in project.read("shop/blocks/modules/auth/__init__.py")
    assert b"-p shop.blocks.core" in project.read("shop/blocks/pytest.ini")
    assert b'PREFIX: Final = "fb_"' in project.read("shop/blocks/core/tables.py")
    assert b"from shop.blocks.core" in project.read("alembic/versions/auth_0001_users.py")
    assert not any(path.startswith("app/") for path in project)


def test_the_lock_remembers_the_layout() -> None:
    project = installed(Tree({"requirements.txt": b""}), CORE, layout=FOREIGN)

    assert layout_of(lock_of(project)) == FOREIGN


def test_the_hub_of_a_joined_project_hands_over_its_url() -> None:
    project = installed(Tree({"requirements.txt": b""}), CORE, layout=FOREIGN)

    hub = project.text("shop/blocks/installed.py")

    assert "    from shop.config import settings  #" in hub
    assert "    url = settings.db_dsn\n" in hub
    assert "return Settings(_env_file=env_files, database=DatabaseSettings(url=url))" in hub
    assert "attach(app, load_settings(), BLOCKS, prefix=prefix)" in hub


def test_the_hub_looks_for_variables_up_to_the_top_and_no_further() -> None:
    """By a slice, which has what there is: an image often has fewer folders above the package."""
    deep = FOREIGN._replace(root_path="server/src/shop", hub="server/src/shop/installed.py")

    project = installed(Tree({"requirements.txt": b""}), CORE, layout=deep)

    assert "_FOLDERS = Path(__file__).resolve().parents[:4]" in project.text(deep.hub)


def test_what_cannot_be_edited_is_left_to_the_user_with_the_lines_to_paste() -> None:
    project = a_new_project().write("app/installed.py", b"BLOCKS = make_blocks()\n")

    plan = install(project, AUTH)

    assert plan.needs_decision
    assert plan.todo[0].path == "app/installed.py"
    assert applied(plan, project).read("app/installed.py") == b"BLOCKS = make_blocks()\n"
    assert "app/modules/auth/settings.py" in applied(plan, project)


def test_what_init_puts_around_the_blocks_cannot_be_added() -> None:
    with pytest.raises(NotABlockToAdd):
        install(Tree(), PROJECT)


def test_migrations_can_be_left_out() -> None:
    plan = plan_install(
        a_new_project(), [AUTH], NEW_PROJECT, direct=["auth"], fresh_secret=str, migrations=False
    )

    assert not plan.migrations
    assert not any(c.path.startswith("migrations/versions") for c in plan.changes)


def test_what_blocks_alone_ask_for_is_one_requirement_that_satisfies_all() -> None:
    project = installed(a_new_project(AUTH), LOGS)

    assert b'"pydantic[email]>=2.9"' in project.read("pyproject.toml")
    added = {d.added for b in lock_of(project).blocks for d in b.deps if "pydantic" in d.req}
    assert added == {"pydantic[email]>=2.9"}


def test_the_lock_names_every_file_of_a_block() -> None:
    project = a_new_project(TEAMS)

    teams = lock_of(project).get("teams")

    assert teams is not None
    assert {file.src for file in teams.files} == set(TEAMS.files.files)
    assert all(file.path in project for file in teams.files)
    assert teams.digest == TEAMS.digest


def test_files_that_many_hands_write_to_are_the_users_from_the_start() -> None:
    project = lock_of(a_new_project()).get(PROJECT.name)

    assert project is not None
    ejected = {file.path for file in project.files if file.state == "ejected"}
    assert ejected == {"pyproject.toml", "README.md", ".env.example"}


def test_a_block_without_a_hub_entry_of_its_own_is_no_surprise() -> None:
    block = a_block(
        'schema = 1\nname = "tiny"\nversion = "1.0.0"\ntitle = "Tiny"\n',
        {"modules/tiny/__init__.py": "block = object()\n"},
    )

    hub = installed(a_new_project(), block).read("app/installed.py")

    assert b"from app.modules.tiny import block as tiny\n" in hub
    assert b"TinySettings" not in hub
