"""Each example is one file; the lines with `+` are what the tool adds, and takes out again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from fastapi_registry.engine.detect import detect
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.seam import InstallBlocks
from fastapi_registry.engine.edits.seam_env import TargetMetadata
from fastapi_registry.engine.tree import Tree

HUB = "app.blocks.installed"

PLACES = {
    "an app without routers is finished where it is made": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        app = FastAPI(
            title="Shop",
        )  # the app
        +install_blocks(app)


        @app.get("/")
        def root(): ...
        """,
    "after the last router, not inside its call": """
        from fastapi import FastAPI
        from app.api import router
        +from app.blocks.installed import install_blocks
        from app.routers import users

        app = FastAPI()
        app.include_router(router)
        app.include_router(
            users,
            prefix="/users",
        )
        +install_blocks(app)
        app.state.ready = True
        """,
    "behind what goes over the routes of the project": """
        from fastapi import FastAPI
        from app.api import router
        +from app.blocks.installed import install_blocks

        def name_operations(app):
            for route in app.routes:
                route.operation_id = route.name

        def create_app():
            app = FastAPI()
            app.include_router(router)
            for route in app.routes:
                assert route.tags
            paths = {route.path for route in list(app.router.routes)}
            app.state.ready = True
            name_operations(app)
        +    install_blocks(app)
            return app

        app = create_app()
        """,
    "before a catch-all, although the routes are gone over later": """
        from fastapi import FastAPI
        from app.api import router
        +from app.blocks.installed import install_blocks

        app = FastAPI()
        app.include_router(router)
        +install_blocks(app)
        app.mount("/", files)
        for route in app.routes:
            print(route)
        """,
    "behind what makes a new app of the old one": """
        from fastapi import FastAPI
        from fastapi_versioning import VersionedFastAPI
        from routers import items
        +
        +from app.blocks.installed import install_blocks

        app = FastAPI()
        app.include_router(items.router)
        app = VersionedFastAPI(app, prefix_format="/v{major}")
        +install_blocks(app)
        """,
    "in the factory, before it returns": """
        from fastapi import FastAPI
        +from app.blocks.installed import install_blocks
        from .routers import users

        def create_app(settings=None):
            app = FastAPI()
            app.include_router(users)
        +    install_blocks(app)
            return app

        app = create_app()
        """,
    "in the factory, although it may return before there is an app": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        def create_app(worker=False):
            if worker:
                return Worker()
            app = FastAPI()

            @app.get("/")
            def root():
                return "shop"

            app.include_router(users)
        +    install_blocks(app)
            return app

        app = create_app()
        """,
    "the import above the relative ones, as a paragraph of its own": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        from .routers import users

        app = FastAPI()
        +install_blocks(app)
        """,
    "the import behind those of whole modules of the package": """
        import fastapi

        import app.models
        +from app.blocks.installed import install_blocks
        from app.routers import users

        api = fastapi.FastAPI()
        api.include_router(users)
        +install_blocks(api)
        """,
    "a try that includes what there may be is no place for our import": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        app = FastAPI()

        try:
            from app.routes import router
            app.include_router(router)
        except ImportError:
            router = None
        +install_blocks(app)
        """,
    "in the helper that gets the app": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        def include_routers(application: FastAPI, *, debug: bool = False) -> None:
            for router in ROUTERS:
                application.include_router(router)
        +    install_blocks(application)

        def get_app():
            app = FastAPI()
            include_routers(app)
            return app

        app = get_app()
        """,
    "in the closure that includes the routers": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        def build():
            app = FastAPI()

            def register():
                app.include_router(users)
        +        install_blocks(app)

            register()
            return app

        app = build()
        """,
    "in the method of a class that builds the app": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        class Server:
            def __init__(self):
                self.app = FastAPI()
                self.add_routes()

            def add_routes(self):
                self.app.include_router(users)
        +        install_blocks(self.app)

        server = Server()
        app = server.app
        """,
    "before a mount on the root": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        app = FastAPI()
        app.include_router(users)
        +install_blocks(app)
        app.mount("/static", static)
        if DIST.exists():
            app.mount("/", StaticFiles(directory=DIST, html=True))
        """,
    "before a catch-all route and the routers behind it": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        app = FastAPI()
        +install_blocks(app)

        @app.get("/{path:path}")
        def page(path: str): ...

        app.include_router(users)
        """,
    "before a mount that begins as our paths do": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        app = FastAPI()
        +install_blocks(app)
        api = FastAPI()
        api.include_router(users)
        app.mount("/api", api)
        """,
    "before the app is wrapped": """
        import socketio
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        app = FastAPI()
        +install_blocks(app)
        app = socketio.ASGIApp(socketio.AsyncServer(), app)
        """,
    "a factory that returns the call leaves the name to its caller": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        def create_app():
            return FastAPI()

        app = create_app()
        +install_blocks(app)
        """,
    "both branches of a condition make the app": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        if DEBUG:
            app = FastAPI(debug=True)
        else:
            app = FastAPI(docs_url=None)
        +install_blocks(app)
        """,
    "inside a with block that returns": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        def create_app():
            with tracing():
                app = FastAPI()
                app.include_router(users)
        +        install_blocks(app)
                return app

        app = create_app()
        """,
    "Python of tomorrow": """
        from fastapi import FastAPI
        +
        +from app.blocks.installed import install_blocks

        type Pair[T = int] = tuple[T, T]

        try:
            name = t"{PROJECT}"
        except ValueError, TypeError:
            name = f"{"shop"}"

        app = FastAPI(title=name)
        +install_blocks(app)
        """,
}

NO_PLACE = {
    "two statements of the factory share a line": """
        from fastapi import FastAPI
        def create_app():
            app = FastAPI(); return app
        app = create_app()
        """,
    "the app is finished inside a condition that returns": """
        from fastapi import FastAPI
        def create_app():
            if DEBUG:
                app = FastAPI()
                app.include_router(users)
                return app
        app = create_app()
        """,
    "the helper may return before the last router": """
        from fastapi import FastAPI
        def wire(app, admin):
            app.include_router(users)
            if not admin:
                return
            app.include_router(users, prefix="/admin")
        app = FastAPI()
        wire(app, admin=False)
        """,
    "the factory may return the app before its routers": """
        from fastapi import FastAPI
        def create_app(minimal=True):
            app = FastAPI()
            if minimal:
                return app
            app.include_router(users)
            return app
        app = create_app()
        """,
    "the factory may return the app before the helper that finishes it": """
        from fastapi import FastAPI
        def wire(api):
            api.include_router(users)
        def create_app(minimal=True):
            app = FastAPI()
            if minimal:
                return app
            wire(app)
            return app
        app = create_app()
        """,
    "one of two branches returns the app that it made": """
        from fastapi import FastAPI
        def create_app(testing=False):
            if testing:
                app = FastAPI()
                return app
            app = FastAPI()
            return app
        app = create_app()
        """,
    "the name belongs to something else": """
        from fastapi import FastAPI
        def install_blocks(app): ...
        app = FastAPI()
        """,
}


def before_and_after(example: str) -> tuple[bytes, bytes]:
    lines = dedent(example).lstrip("\n").splitlines(keepends=True)
    before = [line.removeprefix("-") for line in lines if not line.startswith("+")]
    after = [line.removeprefix("+") for line in lines if not line.startswith("-")]
    return "".join(before).encode(), "".join(after).encode()


def seam_of(source: bytes) -> InstallBlocks:
    found = detect(Tree({"app/main.py": source})).finish
    assert found is not None
    return InstallBlocks(
        found.path, HUB, found.name, found.function, found.hidden_by, found.included_by
    )


@pytest.mark.parametrize("example", PLACES.values(), ids=PLACES.keys())
def test_the_call_stands_where_the_app_is_finished(example: str) -> None:
    before, after = before_and_after(example)

    assert seam_of(before).ensure(before).decode() == after.decode()


@pytest.mark.parametrize("example", PLACES.values(), ids=PLACES.keys())
def test_a_second_time_changes_nothing_and_remove_gives_back_the_bytes(example: str) -> None:
    before, after = before_and_after(example)
    seam = seam_of(before)

    assert seam.ensure(after) == after
    assert seam.remove(after) == before
    assert seam.remove(before) == before


@pytest.mark.parametrize("example", NO_PLACE.values(), ids=NO_PLACE.keys())
def test_where_no_line_fits_the_lines_are_left_to_the_user(example: str) -> None:
    source, _ = before_and_after(example)

    with pytest.raises(CannotEdit) as refusal:
        seam_of(source).ensure(source)

    assert refusal.value.todo.path == "app/main.py"
    assert "from app.blocks.installed import install_blocks" in refusal.value.todo.snippet
    assert "install_blocks(app)" in refusal.value.todo.snippet


def test_an_app_that_nothing_names_is_finished_nowhere() -> None:
    source = b"from fastapi import FastAPI\n\ndef create_app():\n    return FastAPI()\n"
    run = b"web: uvicorn --factory app.main:create_app\n"

    facts = detect(Tree({"app/main.py": source, "Procfile": run}))

    assert facts.entrypoint is not None
    assert facts.finish is None


ODD_BYTES = {
    "CRLF": b"from fastapi import FastAPI\r\n\r\napp = FastAPI()\r\n",
    "BOM": b"\xef\xbb\xbffrom fastapi import FastAPI\napp = FastAPI()\n",
    "no final newline": b"from fastapi import FastAPI\napp = FastAPI()",
    "tabs": b"from fastapi import FastAPI\ndef make():\n\tapp = FastAPI()\n\treturn app\n",
    "form feed": b"from fastapi import FastAPI\n\x0c\napp = FastAPI()\n\x0c\ndef f(): ...\n",
    "latin-1": b"# coding: latin-1\nfrom fastapi import FastAPI\ntitle = '\xe9'\napp = FastAPI()\n",
    "trailing spaces": b"from fastapi import FastAPI   \napp = FastAPI()  \n\n\n\n",
}


@pytest.mark.parametrize("source", ODD_BYTES.values(), ids=ODD_BYTES.keys())
def test_every_byte_of_the_user_stays(source: bytes) -> None:
    seam = InstallBlocks("app/main.py", HUB, "app", "make" if b"def make" in source else None)

    after = seam.ensure(source)

    new = iter(after.splitlines(keepends=True))
    lost = [line for line in source.splitlines(keepends=True) if line not in new]
    assert [line for line in lost if line.endswith(b"\n")] == []
    assert after.count(b"\r") == (after.count(b"\n") if b"\r" in source else 0)
    assert seam.ensure(after) == after
    assert seam.remove(after) == source


FORMATTERS = (
    ("ruff", "format", "--line-length", "120", "--config", "format.quote-style='single'", "-"),
    (
        "ruff",
        "check",
        "--fix",
        "--select",
        "I",
        "--config",
        "lint.isort.force-single-line=true",
        "-",
    ),
    (
        "ruff",
        "check",
        "--fix",
        "--select",
        "I",
        "--config",
        "lint.isort.lines-after-imports=3",
        "-",
    ),
)


@pytest.mark.parametrize("example", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("arguments", FORMATTERS, ids=lambda arguments: arguments[-2])
def test_remove_also_after_the_project_was_formatted(
    example: str, arguments: tuple[str, ...]
) -> None:
    before, after = before_and_after(example)

    removed = seam_of(before).remove(formatted(after, arguments))

    assert formatted(removed, arguments) == formatted(before, arguments)


def formatted(source: bytes, arguments: tuple[str, ...]) -> bytes:
    ruff = str(Path(sys.executable).with_name("ruff"))
    given = [
        "--quiet",
        "--isolated",
        "--target-version",
        "py314",
        "--stdin-filename",
        "app/main.py",
    ]
    command = [ruff, *arguments[1:], *given]
    return subprocess.run(command, input=source, capture_output=True, check=False).stdout


def test_what_is_included_by_a_helper_again_and_again_comes_before_us() -> None:
    source = dedent(
        """
        from app.blocks.installed import install_blocks
        app = FastAPI()
        include(app, users)
        include(app, items)
        app.openapi = schema_of(app)
        """
    ).encode()
    fact = InstallBlocks("app/main.py", HUB, included_by=frozenset({"include"}))

    edited = fact.ensure(source)

    assert b"include(app, items)\ninstall_blocks(app)\n" in edited
    assert fact.remove(edited) == source.replace(
        f"from {HUB} import install_blocks\n".encode(), b""
    )


def test_a_try_that_says_what_is_missing_is_asked_first() -> None:
    example = """
        import sys

        try:
            from fastapi import FastAPI
        except ImportError:
            sys.exit("pip install fastapi")
        +
        +from app.blocks.installed import install_blocks

        app = FastAPI()
        +install_blocks(app)
        """
    before, after = before_and_after(example)

    assert seam_of(before).ensure(before) == after
    assert seam_of(before).remove(after) == before


@pytest.mark.parametrize("above", ["", "\n", "\n\n", "# words\n", '"""Words."""\n\n\n'])
@pytest.mark.parametrize("following", ["from . import users\n\n\n", "\n\ntitle = 'shop'\n"])
def test_the_first_absolute_import_of_a_file_comes_and_goes(above: str, following: str) -> None:
    source = f"{above}{following}def include(app):\n    app.include_router(users)\n".encode()
    fact = InstallBlocks("app/routes.py", HUB, function="include")

    edited = fact.ensure(source)

    assert edited.find(b"import install_blocks") < edited.find(b"from . ") or b"title" in edited
    assert fact.remove(edited) == source


def sorted_by_isort(source: bytes) -> bytes:
    ours = ("--config", "lint.isort.known-first-party=['app']")
    return formatted(source, ("ruff", "check", "--fix", "--select", "I", *ours, "-"))


@pytest.mark.parametrize("example", PLACES.values(), ids=PLACES.keys())
def test_imports_that_were_sorted_stay_so(example: str) -> None:
    before, _ = before_and_after(example)
    before = sorted_by_isort(before)

    edited = seam_of(before).ensure(before)

    assert sorted_by_isort(edited) == edited


def test_the_blocks_may_be_below_another_path() -> None:
    fact = InstallBlocks("app/main.py", HUB, prefix="/blocks/api/v1")

    edited = fact.ensure(b"app = FastAPI()\n")

    assert edited.endswith(b'app = FastAPI()\ninstall_blocks(app, prefix="/blocks/api/v1")\n')
    assert fact.ensure(edited) == edited
    assert fact.remove(edited) == b"app = FastAPI()\n"


def test_a_call_with_code_of_the_users_on_its_line_is_left_to_the_user() -> None:
    source = dedent(
        """
        from app.blocks.installed import install_blocks
        app = FastAPI(); install_blocks(app)
        """
    ).encode()

    with pytest.raises(CannotEdit, match="shares its line"):
        InstallBlocks("app/main.py", HUB).remove(source)


ENVIRONMENTS = {
    "metadata of a base": """
        from alembic import context
        +from app.blocks.installed import with_blocks
        from app.db import Base

        target_metadata = Base.metadata
        +target_metadata = with_blocks(target_metadata)


        def run_migrations_offline(): ...
        """,
    "no tables so far": """
        from alembic import context
        +
        +from app.blocks.installed import with_blocks

        config = context.config
        target_metadata = None
        +target_metadata = with_blocks(target_metadata)
        """,
    "several, typed, over several lines": """
        from alembic import context
        +
        +from app.blocks.installed import with_blocks

        target_metadata: list[MetaData] = [
            orders.metadata,
            customers.metadata,
        ]
        +target_metadata = with_blocks(target_metadata)
        """,
    "decided by a condition": """
        from alembic import context
        +from app.blocks.installed import with_blocks
        from app.db import Base

        if context.config.get_main_option("empty"):
            target_metadata = None
        else:
            target_metadata = Base.metadata
        +target_metadata = with_blocks(target_metadata)
        """,
    "under another name": """
        from alembic import context
        +from app.blocks.installed import with_blocks
        from app.db import Base

        metadata = Base.metadata
        +metadata = with_blocks(metadata)
        context.configure(target_metadata=metadata)
        """,
    "given as it is": """
        from alembic import context
        +from app.blocks.installed import with_blocks
        from app.db import Base

        -context.configure(target_metadata=Base.metadata)
        +context.configure(target_metadata=with_blocks(Base.metadata))
        """,
    "given twice, before and behind": """
        from alembic import context
        def offline():
        -    context.configure(target_metadata=Base.metadata, literal_binds=True)
        +    context.configure(target_metadata=with_blocks(Base.metadata), literal_binds=True)
        +from app.blocks.installed import with_blocks
        from app.db import Base
        -context.configure(connection, target_metadata=Base.metadata)
        +context.configure(connection, target_metadata=with_blocks(Base.metadata))
        """,
    "imported as it is": """
        from alembic import context
        +from app.blocks.installed import with_blocks
        from app.tables import metadata
        +
        +metadata = with_blocks(metadata)

        context.configure(target_metadata=metadata)
        """,
    "behind the line that finds the project": """
        import sys
        from alembic import context
        sys.path.insert(0, ".")
        from app import db
        +from app.blocks.installed import with_blocks

        -context.configure(target_metadata=db.metadata)
        +context.configure(target_metadata=with_blocks(db.metadata))
        """,
    "late, as the linter is told": """
        from alembic import context
        config = context.config
        +from app.blocks.installed import with_blocks  # noqa: E402
        from app.models import SQLModel  # noqa: E402
        from app.settings import url # noqa

        target_metadata = SQLModel.metadata
        +target_metadata = with_blocks(target_metadata)
        """,
}


@pytest.mark.parametrize("example", ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
def test_alembic_learns_of_our_tables_beside_theirs(example: str) -> None:
    before, after = before_and_after(example)
    fact = TargetMetadata("migrations/env.py", HUB)

    assert fact.ensure(before).decode() == after.decode()
    assert fact.ensure(after) == after
    assert fact.remove(after) == before


@pytest.mark.parametrize("place", ["target_metadata = {}\n", "configure(target_metadata={})\n"])
def test_with_blocks_moved_around_an_expression_leaves_the_expression(place: str) -> None:
    import_line = "from app.blocks.installed import with_blocks\n"
    source = import_line + place.format("with_blocks(Base.metadata)")

    removed = TargetMetadata("migrations/env.py", HUB).remove(source.encode())

    assert removed.decode() == place.format("Base.metadata")


@pytest.mark.parametrize(
    ("given", "pasted"),
    [
        ("find_metadata()", "target_metadata=with_blocks(find_metadata())"),
        (
            "[one.metadata, two.metadata]",
            "target_metadata=with_blocks([one.metadata, two.metadata])",
        ),
        ("metadata", "metadata = with_blocks(metadata)"),
        ("models.Base.metadata", "target_metadata=with_blocks(models.Base.metadata)"),
    ],
)
def test_where_alembic_finds_its_tables_elsewhere_the_lines_name_what_it_is_given(
    given: str, pasted: str
) -> None:
    source = f"from alembic import context\n\ncontext.configure(target_metadata={given})\n"

    with pytest.raises(CannotEdit) as refusal:
        TargetMetadata("migrations/env.py", HUB).ensure(source.encode())

    assert refusal.value.todo.line == 3
    assert refusal.value.todo.snippet.splitlines()[1:] == [pasted]
