"""`add auth` in each project of the corpus, as a plan: what is found, added and refused."""

from __future__ import annotations

from typing import ClassVar

import pytest

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.engine.decided import AlreadyDecided, refuse_another
from fastapi_registry.engine.detect import detect
from fastapi_registry.engine.doctor.history import broken_history
from fastapi_registry.engine.edits.dotenv import shown_keys
from fastapi_registry.engine.edits.python_source import errors
from fastapi_registry.engine.errors import DecisionNeeded, RegistryError, UsageError
from fastapi_registry.engine.join import fact_of, plan_join
from fastapi_registry.engine.layout import layout_of
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.plan import applied
from fastapi_registry.engine.remove.planning import plan_remove
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.wishes import Wishes
from tests.layouts.corpus import (
    CORPUS,
    FIXTURES,
    REFUSED,
    SERVED,
    Layout,
    auth_and_core,
    joined,
    plan_of,
    planned,
)

APP = b"from fastapi import FastAPI\n\napp = FastAPI()\n"
ENV = b"from alembic import context\ntarget_metadata = None\ncontext.configure()\n"

served = pytest.mark.parametrize("layout", SERVED, ids=str)
refused = pytest.mark.parametrize("layout", REFUSED, ids=str)


def test_every_project_of_the_corpus_is_described() -> None:
    folders = {path.name for path in FIXTURES.iterdir() if path.is_dir()}

    assert folders == {layout.name for layout in CORPUS}


@served
def test_the_app_is_found_and_where_it_is_finished(layout: Layout) -> None:
    facts = detect(layout.tree, layout.wishes.app)

    assert str(facts.entrypoint) == layout.app
    found = (
        facts.finish and f"{facts.finish.path} {facts.finish.function or '-'} {facts.finish.name}"
    )
    assert (found or "") == layout.finished


@served
def test_the_blocks_go_below_the_package_and_use_the_projects_database(layout: Layout) -> None:
    project = joined(layout)
    found = layout_of(lock_of(project))

    assert found is not None
    assert found.root_path == layout.blocks
    assert found.database_url == layout.url
    hub = project.text(f"{layout.blocks}/installed.py")
    assert (f"    url = {layout.url}\n" in hub) == bool(layout.url)


@served
def test_the_blocks_are_no_fact_about_the_project(layout: Layout) -> None:
    before = detect(layout.tree, layout.wishes.app)
    after = detect(joined(layout), layout.wishes.app)

    assert [each.name for each in after.settings] == [each.name for each in before.settings]
    assert [each.name for each in after.tables] == [each.name for each in before.tables]
    assert (after.orm.kind, after.orm.base) == (before.orm.kind, before.orm.base)
    assert str(after.entrypoint) == str(before.entrypoint)


@served
def test_their_files_only_gain_lines(layout: Layout) -> None:
    before, after = layout.tree, joined(layout)

    for path in before:
        new = iter(after.read(path).splitlines(keepends=True))
        old = before.read(path).splitlines(keepends=True)
        kept = [line for line in old if not _may_change(path, line)]
        assert [line for line in kept if line not in new] == [], path


def _may_change(path: str, line: bytes) -> bool:
    """A requirement may gain extras, and a last line the ending that it lacked."""
    is_requirement = path.endswith((".toml", ".txt", ".in")) and b"sqlalchemy" in line
    return is_requirement or not line.endswith(b"\n")


@served
def test_their_python_reads_as_well_as_before(layout: Layout) -> None:
    before, after = layout.tree, joined(layout)

    for path in before:
        if path.endswith(".py"):
            assert errors(after.read(path)) <= errors(before.read(path)), path


@served
def test_seams_are_facts_that_can_be_taken_back(layout: Layout) -> None:
    before, after = layout.tree, joined(layout)
    lock = lock_of(after)
    core, found = lock.get("core"), layout_of(lock)
    assert core is not None
    assert found is not None

    seams = [seam for seam in core.seams if seam.kind in ("app", "alembic")]

    assert {"app"} == {seam.kind for seam in seams} - {"alembic"} or not layout.finished
    for seam in seams:
        fact = fact_of(seam, found)
        assert fact.ensure(after.read(seam.path)) == after.read(seam.path)
        assert fact.remove(after.read(seam.path)) == before.read(seam.path)


@served
def test_remove_gives_back_the_very_project(layout: Layout) -> None:
    before, after = layout.tree, joined(layout)

    removed = applied(plan_remove(after, ["auth"]), after)

    assert {path for path in removed if removed.read(path) != before.get(path)} == set()
    assert set(before) == set(removed)


@served
def test_no_secret_goes_where_git_would_take_it(layout: Layout) -> None:
    plan = plan_of(layout)

    secret = b"ThuN5vRcG0qZx8sKbY2mWl7EpJ4oDfTa"
    holding = [change.path for change in plan.changes if change.after and secret in change.after]
    ignored = layout.tree.get(".gitignore") or b""
    assert holding == [".blocks/.env"] or (holding == [".env"] and b".env" in ignored)
    told = f"`AUTH_SECRET_KEY` was made for this machine, in `{holding[0]}`"
    assert any(note.startswith(told) for note in plan.notes)


def test_of_several_secrets_it_is_said_that_they_were_made() -> None:
    plan = plan_join(
        Tree({"main.py": APP}),
        (*auth_and_core(), Bundled().load("two_factor")),
        direct=("two_factor",),
        fresh_secret=lambda kind: "ThuN5vRcG0qZx8sKbY2mWl7EpJ4oDfTa",
    )

    (told,) = (note for note in plan.notes if "for this machine" in note)
    assert "`AUTH_SECRET_KEY`, `" in told
    assert "` were made for this machine" in told
    assert "set others there" in told


@served
def test_only_variables_that_are_read_are_shown(layout: Layout) -> None:
    facts = detect(layout.tree, layout.wishes.app)

    shown = shown_keys(joined(layout).read(facts.env_example))
    shown -= shown_keys(layout.tree.get(facts.env_example) or b"")

    assert "FRONTEND_URL" in shown
    assert shown.isdisjoint({"PORT", "LOG_LEVEL", "CORS_ORIGINS", "DEBUG", "DATABASE_AUTO_MIGRATE"})
    assert ("DATABASE_URL" in shown) == (not layout.url)


@served
def test_what_is_left_to_the_user_has_a_line_to_paste(layout: Layout) -> None:
    todo = plan_of(layout).todo

    expected = [] if layout.url else ["DATABASE_URL="]
    expected += [] if layout.finished else ["install_blocks(app)"]
    assert len(todo) == len(expected)
    for each, words in zip(sorted(todo, key=lambda t: t.snippet), sorted(expected), strict=True):
        assert words in each.snippet


def test_a_file_of_packages_that_is_not_edited_is_spoken_of_once() -> None:
    project = Tree({"main.py": APP, "Pipfile": b'[packages]\nfastapi = "*"\n'})

    plan = planned(project, Wishes())

    (todo,) = (todo for todo in plan.todo if todo.path == "Pipfile")
    assert "sqlalchemy[asyncio]" in todo.snippet
    assert all(change.path != "Pipfile" for change in plan.changes)


@pytest.mark.parametrize(
    ("driver", "why", "example"),
    [
        (
            b"import psycopg\n",
            "main.py:1 imports psycopg, but",
            "DATABASE_URL=postgresql+asyncpg://",
        ),
        (b"import sqlite3\n", "main.py:1 imports sqlite3, but", "DATABASE_URL=sqlite+aiosqlite://"),
        (b"", "no database of yours was found", "DATABASE_URL=sqlite+aiosqlite://"),
    ],
)
def test_who_has_a_database_is_asked_where_it_is(driver: bytes, why: str, example: str) -> None:
    (todo,) = planned(Tree({"main.py": driver + APP}), Wishes()).todo

    assert todo.why.startswith(why)
    assert todo.snippet.startswith(example)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_script_that_names_its_packages_is_spoken_of(ending: bytes) -> None:
    script = b'#!/usr/bin/env -S uv run\n# /// script\n# dependencies = ["fastapi"]\n# ///\n' + APP
    project = Tree({"main.py": script.replace(b"\n", ending)})

    plan = planned(project, Wishes())

    (todo,) = (todo for todo in plan.todo if todo.path == "main.py")
    assert todo.line == 2
    assert '#     "sqlalchemy[asyncio]>=' in todo.snippet


def test_a_route_of_theirs_stays_and_ours_are_below_another_path() -> None:
    login = b'@app.post("/api/v1/auth/login")\ndef login(): ...\n'
    project = Tree({"main.py": APP + login})

    plan = planned(project, Wishes())

    after = applied(plan, project)
    assert 'install_blocks(app, prefix="/blocks/api/v1")' in after.text("main.py")
    assert "your own `POST /api/v1/auth/login` (main.py:4) stays" in plan.notes[0]
    assert applied(plan_remove(after, ["auth"]), after).text("main.py") == project.text("main.py")


def test_a_route_of_theirs_behind_a_mount_stays_too() -> None:
    api = APP.replace(b"app =", b"api =") + b'@api.post("/auth/login")\ndef login(): ...\n'
    mounting = b"from api import api\n" + APP + b'app.mount("/api/v1", api)\n'
    project = Tree({"main.py": mounting, "api.py": api})

    plan = planned(project, Wishes())

    assert 'install_blocks(app, prefix="/blocks/api/v1")' in applied(plan, project).text("main.py")


@pytest.mark.parametrize(
    "main",
    [
        b"async def start(app):\n    app.include_router(router)\napp = FastAPI(lifespan=start)\n",
        b"from users import every\napp = FastAPI()\n"
        b"for each in every:\n    app.include_router(each)\n",
        b"def create_app():\n    app = FastAPI()\n    app.include_router(router)\n    return app\n"
        b"app = create_app()\nfor route in app.routes:\n    route.operation_id = route.name\n",
    ],
    ids=["when the app starts", "in a loop", "before the place where the app is finished"],
)
def test_a_route_of_theirs_stays_wherever_it_is_included(main: bytes) -> None:
    users = b"from fastapi import APIRouter\nrouter = APIRouter(prefix='/api/v1')\n"
    login = b'@router.post("/auth/login")\ndef login(): ...\nevery = [router]\n'
    imports = b"from fastapi import FastAPI\nfrom users import router\n"
    project = Tree({"main.py": imports + main, "users.py": users + login})

    plan = planned(project, Wishes())

    assert 'install_blocks(app, prefix="/blocks/api/v1")' in applied(plan, project).text("main.py")


def test_what_may_hide_ours_is_left_to_who_knows() -> None:
    """Where a prefix is computed, the paths may be equal or not."""
    users = b"from fastapi import APIRouter\nrouter = APIRouter(prefix=PREFIX)\n"
    login = b'@router.post("/auth/login")\ndef login(): ...\n'
    including = b"from users import router\n" + APP + b"app.include_router(router)\n"
    project = Tree({"main.py": including, "users.py": users + login})

    plan = planned(project, Wishes())

    (todo,) = (todo for todo in plan.todo if todo.path == "users.py")
    assert (todo.line, todo.snippet) == (3, 'install_blocks(app, prefix="/blocks/api/v1")')
    assert "install_blocks(app)" in applied(plan, project).text("main.py")


def test_an_application_behind_a_mount_is_spoken_of() -> None:
    admin = APP.replace(b"app =", b"admin =")
    mounting = b"from admin import admin\n" + APP + b'app.mount("/admin", admin)\n'

    plan = planned(Tree({"main.py": mounting, "admin.py": admin}), Wishes())

    assert any("the application at `/admin` (main.py:5) has no blocks" in n for n in plan.notes)


@pytest.mark.parametrize(
    ("path", "told"),
    [('""', "the application at `/` (main"), ("PATH", "at a path of its own (main")],
)
def test_an_application_behind_a_mount_of_any_path_is_spoken_of(path: str, told: str) -> None:
    admin = APP.replace(b"app =", b"admin =")
    mounting = b"from admin import admin\n" + APP + f"app.mount({path}, admin)\n".encode()

    plan = planned(Tree({"main.py": mounting, "admin.py": admin}), Wishes())

    assert any(told in note for note in plan.notes)


@pytest.mark.parametrize(
    "routes",
    [
        '[Route("/ping", ping), Mount("/", site)]',
        'listed\nlisted = [Mount("/api", site)]',
        '[Route("/{rest:path}", page)]',
    ],
)
def test_a_route_that_the_app_is_made_with_and_that_hides_the_blocks_is_told(routes: str) -> None:
    given, _, above = routes.partition("\n")
    source = f"from fastapi import FastAPI\n{above}\napp = FastAPI(routes={given})\n"

    plan = planned(Tree({"main.py": source.encode()}), Wishes())

    (todo,) = (todo for todo in plan.todo if todo.path == "main.py")
    assert "answers for the paths of the blocks" in todo.why
    assert todo.snippet in (
        'app.router.routes.append(Mount("/", site))',
        'app.router.routes.append(Mount("/api", site))',
        'app.router.routes.append(Route("/{rest:path}", page))',
    )


def test_routes_that_the_app_is_made_with_may_stay_where_they_hide_nothing() -> None:
    source = b'from fastapi import FastAPI\napp = FastAPI(routes=[Mount("/static", files)])\n'

    plan = planned(Tree({"main.py": source}), Wishes())

    assert [todo.path for todo in plan.todo if todo.path == "main.py"] == []


def test_of_several_applications_the_lines_of_each_are_told() -> None:
    packages = {"a/__init__.py": b"", "b/__init__.py": b""}
    project = Tree({"a/web.py": APP, "b/web.py": APP, **packages})

    with pytest.raises(DecisionNeeded) as question:
        planned(project, Wishes())

    assert "from a.blocks.installed import install_blocks" in question.value.message
    assert "from b.blocks.installed import install_blocks" in question.value.message
    assert question.value.hint == "choose one: `--app a.web:app`"


@pytest.mark.parametrize("layout", [layout for layout in SERVED if layout.undecided], ids=str)
def test_what_only_the_user_can_decide_is_asked_before_a_write(layout: Layout) -> None:
    with pytest.raises(DecisionNeeded, match=layout.undecided) as question:
        planned(layout.tree, Wishes())

    assert layout.flags[0] in question.value.hint


@refused
def test_what_cannot_be_served_is_refused_before_a_write(layout: Layout) -> None:
    with pytest.raises(RegistryError, match=layout.refused) as refusal:
        planned(layout.tree, layout.wishes)

    assert refusal.value.hint


def test_a_group_that_excludes_what_we_need_is_the_users_to_change() -> None:
    packages = b'[project]\ndependencies = ["fastapi"]\n[dependency-groups]\nx = ["click==7.0"]\n'

    with pytest.raises(DecisionNeeded, match=r"asks for `click==7\.0`"):
        planned(Tree({"main.py": APP, "pyproject.toml": packages}), Wishes())


def test_the_user_may_choose_one_of_several_histories() -> None:
    names = b"[one]\nscript_location = one\n[two]\nscript_location = two\n"
    files = {"main.py": APP, "alembic.ini": names, "one/env.py": ENV, "two/env.py": ENV}
    project = Tree(files)

    with pytest.raises(DecisionNeeded, match="several Alembic histories") as question:
        planned(project, Wishes())
    with pytest.raises(DecisionNeeded, match="no Alembic environment"):
        planned(project, Wishes(alembic="three"))
    after = applied(planned(project, Wishes(alembic="two/")), project)

    assert question.value.hint == "choose one: `--alembic one`"
    assert after.get("one/env.py") == ENV
    assert "with_blocks" in after.text("two/env.py")
    layout = layout_of(lock_of(after))
    assert layout is not None
    assert (layout.versions, layout.alembic) == ("two/versions", "alembic -n two")


def test_revisions_continue_a_history_in_several_folders() -> None:
    ini = b"[alembic]\nscript_location = db\nversion_locations = db/one db/two\n"
    first = b"revision = 'first'\ndown_revision = None\n"
    second = b"revision = 'second'\ndown_revision = 'first'\n"
    files = {"main.py": APP, "alembic.ini": ini, "db/env.py": ENV}
    project = Tree({**files, "db/one/1.py": first, "db/two/2.py": second})

    after = applied(planned(project, Wishes()), project)

    assert 'down_revision = "second"' in after.text("db/one/core_0001_outbox.py")
    lock = lock_of(after)
    layout = layout_of(lock)
    assert layout is not None
    assert layout.locations == ("db/one", "db/two")
    assert [*broken_history(after, lock, layout)] == []
    assert applied(plan_remove(after, ["auth"]), after).files == project.files


@pytest.mark.parametrize(
    ("ini", "env", "line"),
    [
        (b"databases = one, two\n", ENV, "alembic.ini:3"),
        (b"", ENV + b"context.run_migrations(engine_name='one')\n", "db/env.py:4"),
    ],
)
def test_a_history_of_several_databases_is_not_joined(ini: bytes, env: bytes, line: str) -> None:
    config = b"[alembic]\nscript_location = db\n" + ini
    project = Tree({"main.py": APP, "alembic.ini": config, "db/env.py": env})

    with pytest.raises(DecisionNeeded, match="several databases in one history") as question:
        planned(project, Wishes())

    assert line in question.value.message
    assert "--no-migrations" in question.value.hint


def test_a_history_that_lies_elsewhere_is_not_guessed() -> None:
    ini = b"[alembic]\nscript_location = db\nversion_locations = db/versions ../theirs\n"
    project = Tree({"main.py": APP, "alembic.ini": ini, "db/env.py": ENV})

    with pytest.raises(DecisionNeeded, match=r"the revisions in `\.\./theirs`") as question:
        planned(project, Wishes())

    assert "--no-migrations" in question.value.hint


def test_what_the_user_wishes_for_good_stands_in_pyproject() -> None:
    wished = b'[tool.fastapi-blocks]\nroot = "kit"\nentrypoint = "two:app"\n'
    project = Tree({"main.py": APP, "two.py": APP, "pyproject.toml": wished})

    after = applied(planned(project, Wishes()), project)

    assert after.get("main.py") == APP
    assert "from kit.installed import install_blocks" in after.text("two.py")


@pytest.mark.parametrize("root", ['"../elsewhere"', "1", "[]"])
def test_a_wish_that_cannot_be_is_wrong_usage(root: str) -> None:
    wished = f"[tool.fastapi-blocks]\nroot = {root}\n".encode()

    with pytest.raises(UsageError):
        planned(Tree({"main.py": APP, "pyproject.toml": wished}), Wishes())


def test_the_user_may_choose_the_package_and_the_tables() -> None:
    project = Tree({"src/shop/__init__.py": b"", "src/shop/main.py": APP})

    plan = planned(project, Wishes(root="shop.kit", table_prefix="kit_"))

    after = applied(plan, project)
    assert "from shop.kit.installed import install_blocks" in after.text("src/shop/main.py")
    assert 'PREFIX = "kit_"' in after.text("src/shop/kit/core/tables.py")


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(root="../elsewhere"),
        Wishes(root="class"),
        Wishes(root=""),
        Wishes(table_prefix='"; import os'),
    ],
    ids=str,
)
def test_what_can_be_no_package_and_no_prefix_is_wrong_usage(wishes: Wishes) -> None:
    with pytest.raises(UsageError):
        planned(Tree({"main.py": APP}), wishes)


class TestALaterAdd:
    """What the first one decided stays."""

    files: ClassVar = {
        "shop/__init__.py": "",
        "shop/web.py": "from fastapi import FastAPI\n\n\ndef make():\n    app = FastAPI()\n    "
        "return app\n",
        "shop/main.py": "from shop.web import make\n\napp = make()\n",
        "one/env.py": "target_metadata = None\n",
        "one/versions/a.py": 'revision = "a"\ndown_revision = None\n',
        "alembic.ini": "[alembic]\nscript_location = one\n",
        "pyproject.toml": "[project]\nname = 'shop'\ndependencies = []\n",
    }

    @pytest.fixture
    def joined(self) -> Tree:
        project = Tree({path: text.encode() for path, text in self.files.items()})
        return applied(planned(project, Wishes(table_prefix="kit_")), project)

    @pytest.mark.parametrize(
        "wishes",
        [
            Wishes(root="shop.blocks"),
            Wishes(table_prefix="kit_"),
            Wishes(alembic="one"),
            Wishes(app="shop.main:app"),
        ],
    )
    def test_may_say_it_again(self, joined: Tree, wishes: Wishes) -> None:
        layout = layout_of(lock_of(joined))
        assert layout is not None

        refuse_another(joined, layout, wishes)

    @pytest.mark.parametrize(
        ("wishes", "holds"),
        [
            (Wishes(root="foo.bar"), "the blocks are in `shop.blocks`"),
            (Wishes(table_prefix="x y"), "the tables begin with `kit_`"),
            (Wishes(table_prefix=""), "the tables begin with `kit_`"),
            (Wishes(alembic="nope"), "the revisions are in `one/versions`"),
            (Wishes(app="no.such:app"), "the blocks are in the app of `shop/web.py`"),
        ],
    )
    def test_does_not_decide_it_anew(self, joined: Tree, wishes: Wishes, holds: str) -> None:
        layout = layout_of(lock_of(joined))
        assert layout is not None

        with pytest.raises(AlreadyDecided) as refused:
            refuse_another(joined, layout, wishes)

        assert refused.value.message.endswith(f"comes too late: {holds}")
        assert refused.value.exit_code == 2
