"""Facts about small projects, written as the files they consist of."""

from __future__ import annotations

import pytest

from fastapi_registry.engine.detect import Facts, detect, findings, layout_of
from fastapi_registry.engine.tree import Tree

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
FACTORY = "from fastapi import FastAPI\n\ndef create_app():\n    app = FastAPI()\n    return app\n"


def project(**files: str) -> Tree:
    return Tree({path: content.encode() for path, content in files.items()})


def facts(*, app: str | None = None, **files: str) -> Facts:
    return detect(project(**files), app)


def served(known: Facts) -> str:
    return f"{known.entrypoint} in {known.entrypoint.path}" if known.entrypoint else "nothing"


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("Dockerfile", 'CMD ["uvicorn", "shop.web:app", "--host", "0.0.0.0"]'),
        ("Dockerfile", "CMD uvicorn --reload \\\n  shop.web:app --port 80"),
        ("docker/Dockerfile.prod", "CMD gunicorn -k uvicorn.workers.UvicornWorker shop.web:app"),
        (
            "compose.yaml",
            "services:\n  api:\n    command:\n      - uvicorn\n      - shop.web:app\n",
        ),
        (
            "docker-compose.yml",
            "    command: bash -c 'alembic upgrade head && uvicorn shop.web:app'",
        ),
        ("Makefile", "run:\n\tuv run uvicorn shop.web:app --reload\n"),
        ("Procfile", "web: gunicorn shop.web:app --bind 0.0.0.0:$PORT"),
        ("justfile", "dev:\n  hypercorn shop.web:app\n"),
        ("scripts/start.sh", 'exec granian --interface asgi "shop.web:app"'),
        ("scripts/run.sh", "fastapi run shop/web.py --port 80"),
        ("start.sh", 'export APP_MODULE=${APP_MODULE:-"shop.web:app"}'),
        ("README.md", "Then run `fastapi dev shop/web.py`."),
        ("README.md", "```\nuvicorn shop.web:app --reload\n```"),
        ("pyproject.toml", '[tool.poe.tasks]\nserve = "uvicorn shop.web:app"'),
        ("pyproject.toml", '[tool.fastapi]\nentrypoint = "shop.web:app"'),
        ("serve.py", 'import uvicorn\nuvicorn.run("shop.web:app", reload=True)'),
        ("serve.py", "import uvicorn\nfrom shop.web import app\nuvicorn.run(app)"),
        ("serve.py", "import granian\ngranian.Granian(target='shop.web:app').serve()"),
        ("Dockerfile", 'CMD ["python", "-m", "shop"]'),
    ],
)
def test_its_own_commands_say_which_app_is_served(path: str, command: str) -> None:
    others = {"shop/__init__.py": "", "shop/other.py": APP, "main.py": APP}
    runs = "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('shop.web:app')\n"

    known = facts(**others, **{"shop/web.py": APP, "shop/__main__.py": runs, path: command})

    assert served(known) in ("shop.web:app in shop/web.py", "serve:app in serve.py")
    assert known.finish is not None
    assert known.finish.path == "shop/web.py"


def test_stronger_evidence_decides_alone() -> None:
    known = facts(
        **{
            "pyproject.toml": '[tool.fastapi]\nentrypoint = "a:app"',
            "Dockerfile": "CMD uvicorn b:app",
            "README.md": "uvicorn c:app",
            **{f"{name}.py": APP for name in ("a", "b", "c", "main")},
        }
    )

    assert served(known) == "a:app in a.py"


def test_commands_of_one_kind_that_disagree_are_candidates() -> None:
    known = facts(
        **{
            "orders/Dockerfile": "CMD uvicorn orders.main:app",
            "users/Dockerfile": "CMD uvicorn users.main:app",
            "orders/main.py": APP,
            "users/main.py": APP,
        }
    )

    assert known.entrypoint is None
    assert [str(each) for each in known.candidates] == ["orders.main:app", "users.main:app"]


COMPOSE = """\
services:
  orders:
    build:
      context: ./orders
    command: uvicorn main:app
  users:
    build: users
    command: uvicorn main:app --reload
"""
SERVICES = {"orders/main.py": APP, "users/main.py": APP}
OWN_PACKAGES = {"orders/requirements.txt": "fastapi\n", "users/requirements.txt": "fastapi\n"}


@pytest.mark.parametrize(
    "files",
    [
        {"compose.yaml": COMPOSE},
        {"README.md": "uvicorn main:app"},
        {"orders/Dockerfile": "CMD uvicorn main:app", "compose.yaml": COMPOSE},
        {"Dockerfile.orders": "CMD uvicorn orders.main:app", "compose.yaml": COMPOSE},
        {"orders/Dockerfile": "CMD uvicorn main:app"},
        {"orders/run.py": "import uvicorn\nuvicorn.run('main:app')", **OWN_PACKAGES},
        {"orders/Procfile": "web: uvicorn main:app", **OWN_PACKAGES},
    ],
)
def test_of_several_services_none_is_taken_for_the_only_one(files: dict[str, str]) -> None:
    known = facts(**SERVICES, **files)

    assert known.entrypoint is None
    assert [each.path for each in known.candidates] == ["orders/main.py", "users/main.py"]


@pytest.mark.parametrize(
    "files",
    [
        {
            "compose.yaml": COMPOSE.partition("  orders:")[0] + "  users:\n    build: ./users\n"
            "    command: uvicorn main:app\n",
            **OWN_PACKAGES,
        },
        {"README.md": "```sh\ncd users\npip install .\n\nuvicorn main:app\n```\n"},
        {"run.sh": "#!/bin/sh\ncd users\nexec uvicorn main:app\n", **OWN_PACKAGES},
        {"Dockerfile": "COPY users /code\nCMD uvicorn users.main:app", "compose.yaml": COMPOSE},
    ],
)
def test_what_sees_all_services_decides_which_one_is_served(files: dict[str, str]) -> None:
    known = facts(**SERVICES, **files)

    assert known.entrypoint is not None
    assert known.entrypoint.path == "users/main.py"


def test_in_one_folder_the_first_place_of_fastapi_cli_wins() -> None:
    assert served(facts(**{"svc/main.py": APP, "svc/api.py": APP})) == "main:app in svc/main.py"
    assert served(facts(**{"app.py": APP, "app/main.py": APP})) == "app:app in app.py"


def test_the_users_word_decides() -> None:
    files = {"orders/main.py": APP, "users/main.py": APP}

    assert served(facts(**files)) == "nothing"
    assert served(facts(**files, app="users.main:app")) == "users.main:app in users/main.py"
    assert served(facts(**files, app="nowhere:app")) == "nothing"


@pytest.mark.parametrize(
    "decoy",
    ["tests/app.py", "docs/main.py", "app/utils/openapi.py", "examples/main.py", "conftest.py"],
)
def test_decoys_are_not_chosen(decoy: str) -> None:
    assert served(facts(**{decoy: APP})) == "nothing"
    assert served(facts(**{decoy: APP, "server.py": APP})) == "server:app in server.py"
    assert decoy in served(facts(**{decoy: APP}, app=decoy.removesuffix(".py").replace("/", ".")))


@pytest.mark.parametrize(
    "files",
    [
        {"backend/Dockerfile": "CMD uvicorn shop.main:app"},
        {"backend/shop/orders.py": "from shop.main import app\n"},
    ],
)
def test_the_choice_that_the_tool_offers_is_imported_as_the_project_does(
    files: dict[str, str],
) -> None:
    known = facts(app="backend.shop.main:app", **{"backend/shop/main.py": APP, **files})

    assert served(known) == "shop.main:app in backend/shop/main.py"
    assert layout_of(known).root_package == "shop.blocks"


def test_a_factory_without_a_module_level_app() -> None:
    known = facts(
        **{"svc/web.py": FACTORY, "Makefile": "run:\n\tuvicorn --factory svc.web:create_app"}
    )

    assert served(known) == "svc.web:create_app in svc/web.py"
    assert known.entrypoint is not None
    assert known.entrypoint.application.is_factory
    assert known.finish is not None
    assert known.finish.function == "create_app"


def test_the_app_is_followed_through_imports_and_subclasses() -> None:
    known = facts(
        **{
            "shop/__init__.py": "",
            "shop/main.py": "from shop.factory import make\n\napp = make()\n",
            "shop/factory/__init__.py": "from .build import create_app as make\n",
            "shop/factory/build.py": "from ..base import Shop\n\n"
            "def create_app():\n    api = Shop()\n    return api\n",
            "shop/base.py": "import fastapi\n\nclass Shop(fastapi.FastAPI): ...\n",
        }
    )

    assert served(known) == "shop.main:app in shop/main.py"
    assert known.finish is not None
    assert (known.finish.path, known.finish.name) == ("shop/factory/build.py", "api")


@pytest.mark.parametrize(
    ("files", "package", "path"),
    [
        ({"main.py": APP}, "blocks", "blocks"),
        ({"app/main.py": APP, "app/__init__.py": ""}, "app.blocks", "app/blocks"),
        ({"src/shop/main.py": APP, "src/shop/__init__.py": ""}, "shop.blocks", "src/shop/blocks"),
        ({"src/main.py": APP, "Procfile": "web: uvicorn src.main:app"}, "src.blocks", "src/blocks"),
        (
            {"backend/app/main.py": f"from app.db import x\n{APP}", "backend/app/db.py": "x = 1"},
            "app.blocks",
            "backend/app/blocks",
        ),
        (
            {"app/main.py": f"from core.config import x\n{APP}", "app/core/config.py": "x = 1"},
            "blocks",
            "app/blocks",
        ),
        ({"app/main.py": APP, "run.sh": "cd app && uvicorn main:app"}, "blocks", "app/blocks"),
        (
            {
                "src/acme/billing/__init__.py": "",
                "src/acme/billing/web/main.py": f"from acme.billing.db import x\n{APP}",
                "src/acme/billing/db.py": "x = 1",
            },
            "acme.billing.blocks",
            "src/acme/billing/blocks",
        ),
        (
            {"app/web/main.py": f"from app.web.db import x\n{APP}", "app/web/db.py": "x = 1"},
            "app.blocks",
            "app/blocks",
        ),
        (
            {
                "app/web/main.py": f"from app.db import x\n{APP}",
                "app/web/__init__.py": "",
                "app/db.py": "x = 1",
            },
            "app.blocks",
            "app/blocks",
        ),
        (
            {
                "orders/main.py": "from shared import create_app\n\napp = create_app()\n",
                "orders/run.sh": "uvicorn main:app",
                "libs/shared/__init__.py": FACTORY,
            },
            "blocks",
            "orders/blocks",
        ),
    ],
)
def test_blocks_go_below_the_package_of_the_app(
    files: dict[str, str], package: str, path: str
) -> None:
    layout = layout_of(facts(**files))

    assert (layout.root_package, layout.root_path) == (package, path)
    assert layout.hub == f"{path}/installed.py"
    assert layout.joins


SETTINGS = (
    "from pydantic_settings import BaseSettings\n\nclass Settings(BaseSettings):\n"
    "    database_url: str\n    dsn: PostgresDsn\n    secret: SecretStr\n{config}\n"
    "settings = Settings()\n"
)


@pytest.mark.parametrize(
    ("engine", "expression", "statement"),
    [
        (
            "from app.config import settings\nengine = create_async_engine(settings.database_url)",
            "settings.database_url",
            "from app.config import settings",
        ),
        (
            "from .config import settings\nengine = create_engine(str(settings.dsn), echo=True)",
            "str(settings.dsn)",
            "from app.config import settings",
        ),
        (
            "from app.config import settings\nengine = create_engine(settings.dsn)",
            "str(settings.dsn)",
            "from app.config import settings",
        ),
        (
            "def connect(config):\n    return create_async_engine(config.secret)",
            "settings.secret.get_secret_value()",
            "from app.config import settings",
        ),
        (
            "import os\nURL = os.getenv('DATABASE_URL', 'sqlite://')\nengine = create_engine(URL)",
            "URL",
            "from app.db import URL",
        ),
        ("engine = create_engine('sqlite:///./shop.db')", "'sqlite:///./shop.db'", ""),
        (
            "def get():\n    url = f'sqlite:///{NAME}'\n    return create_engine(url)\nNAME = 'x'",
            "f'sqlite:///{NAME}'",
            "from app.db import NAME",
        ),
        (
            "engine = create_engine(URL.create('postgresql', host=HOST))",
            "engine.url.render_as_string(hide_password=False)",
            "from app.db import engine",
        ),
        (
            "def connect():\n    engine = create_engine(URL.create('sqlite'))\n    return engine",
            "connect().url.render_as_string(hide_password=False)",
            "from app.db import connect",
        ),
        (
            "def url() -> URL:\n    return URL.create('sqlite')\nDB_URL = url()\n"
            "def connect(target: URL):\n    return create_async_engine(target), 'session'\n"
            "engine, session = connect(DB_URL)",
            "DB_URL.render_as_string(hide_password=False)",
            "from app.db import DB_URL",
        ),
        (
            "def find() -> str:\n    return 'sqlite://'\nengine = create_engine(find())",
            "find()",
            "from app.db import find",
        ),
        (
            "from app.config import settings\nURL = settings.dsn\nengine = create_engine(URL)",
            "str(URL)",
            "from app.db import URL",
        ),
        (
            "from app.config import settings\nengine = create_engine(settings.urls['web'])",
            "str(settings.urls['web'])",
            "from app.config import settings",
        ),
        (
            "def connect(testing=False):\n    url = f'sqlite:///{A}'\n"
            "    if testing:\n        url = f'sqlite:///{B}'\n    return create_engine(url)\n"
            "engine = connect()",
            "engine.url.render_as_string(hide_password=False)",
            "from app.db import engine",
        ),
        (
            "from app.config import settings\nclass Database:\n    def __init__(self, url):\n"
            "        self.url = url\n    def connect(self):\n"
            "        return create_async_engine(self.url)\n"
            "database = Database(settings.database_url)",
            "settings.database_url",
            "from app.config import settings",
        ),
    ],
)
def test_the_url_of_the_projects_own_database(engine: str, expression: str, statement: str) -> None:
    files = {"app/main.py": APP, "app/config.py": SETTINGS.format(config=""), "app/db.py": engine}
    files["app/__init__.py"] = ""

    found = facts(**files).database_url

    assert found is not None
    assert (found.expression, found.statement) == (expression, statement)
    assert found.evidence.path == "app/db.py"


@pytest.mark.parametrize(
    ("container", "main", "expression", "statement"),
    [
        (
            "class Container:\n    db = providers.Singleton(Database, url=settings.database_url)",
            "",
            "settings.database_url",
            "from app.config import settings",
        ),
        (
            "class Container:\n    config = providers.Configuration(pydantic_settings=[settings])\n"
            "    db = providers.Singleton(Database, url=config.postgres.address)",
            "",
            "str(settings.postgres.address)",
            "from app.config import settings",
        ),
        (
            "class Container:\n    config = providers.Configuration()\n"
            "    db = providers.ThreadSafeSingleton(Database, config.postgres.address)",
            "from app.config import Settings\n\ndef fill(container):\n    known = Settings()\n"
            "    container.config.from_dict(known.model_dump())\n",
            "str(TheirSettings().postgres.address)",
            "from app.config import Settings as TheirSettings",
        ),
    ],
)
def test_the_url_that_a_container_gives_to_the_database(
    container: str, main: str, expression: str, statement: str
) -> None:
    providers = (
        "from dependency_injector import providers\nfrom app.config import settings\n"
        "from app.db import Database\n\n"
    )
    database = (
        "class Database:\n    def __init__(self, url):\n        self.e = create_engine(url)\n"
    )
    files = {
        "app/main.py": main + APP,
        "app/config.py": SETTINGS.format(config=""),
        "app/containers.py": providers + container,
        "app/db.py": database,
    }

    found = facts(**files).database_url

    assert found is not None
    assert (found.expression, found.statement) == (expression, statement)


def test_the_database_of_another_service_is_not_the_apps() -> None:
    found = facts(
        app="shop.main:app",
        **{
            "billing/billing/main.py": APP,
            "billing/billing/db.py": "engine = create_async_engine('sqlite:///bills.db')",
            "shop/shop/main.py": APP,
            "shop/shop/db.py": "engine = create_engine('sqlite:///shop.db')",
        },
    ).database_url

    assert found is not None
    assert found.expression == "'sqlite:///shop.db'"


def test_settings_and_engines_may_lie_among_the_utilities() -> None:
    strict = SETTINGS.format(config="    model_config = SettingsConfigDict(env_file='.env')")
    known = facts(
        **{
            "app/main.py": APP,
            "app/utils/settings.py": strict,
            "app/utils/db.py": "engine = create_engine('sqlite:///shop.db')",
            ".gitignore": ".env\n",
        }
    )

    assert layout_of(known).env_file == ".blocks/.env"
    assert known.database_url is not None
    assert known.database_url.expression == "'sqlite:///shop.db'"


def test_a_function_of_their_own_that_is_called_like_one_of_sqlalchemy() -> None:
    """The engine is made in a kit, under another name; what the kit is given is the URL."""
    found = facts(
        **{
            "app/main.py": f"from app.db import create_engine\n{APP}\ncreate_engine('web')\n",
            "app/db.py": (
                "from app.config import settings\n"
                "from app.kit import create_engine as _create_engine\n\n"
                "def create_engine(process):\n"
                "    return _create_engine(dsn=str(settings.dsn_of('asyncpg')), name=process)\n"
            ),
            "app/kit.py": (
                "from sqlalchemy import create_engine as _create_engine\n\n"
                "def create_engine(*, dsn, name):\n    return _create_engine(dsn)\n"
            ),
            "app/config.py": SETTINGS.format(config=""),
        }
    ).database_url

    assert found is not None
    assert found.expression == "str(settings.dsn_of('asyncpg'))"
    assert found.statement == "from app.config import settings"


@pytest.mark.parametrize(
    ("source", "expression", "statement"),
    [
        (
            "from app.config import Settings\nengine = create_engine(Settings().database_url)",
            "TheirSettings().database_url",
            "from app.config import Settings as TheirSettings",
        ),
        (
            "url = 'sqlite:///url.db'\nengine = create_engine(f'{url}?x=settings.url')",
            "f'{their_url}?x=settings.url'",
            "from app.db import url as their_url",
        ),
    ],
)
def test_a_name_that_the_hub_uses_itself_is_imported_under_another(
    source: str, expression: str, statement: str
) -> None:
    config = SETTINGS.format(config="").replace("settings = Settings()\n", "")

    files = {"app/__init__.py": "", "app/config.py": config, "app/db.py": source}

    found = facts(**{"app/main.py": APP, **files}).database_url

    assert found is not None
    assert (found.expression, found.statement) == (expression, statement)


def test_a_local_name_is_not_what_has_that_name_at_the_top() -> None:
    source = (
        "url = 'sqlite:///one.db'\n"
        "class Database:\n    def __init__(self, name):\n        url = f'sqlite:///{name}'\n"
        "        if name == 'x':\n            url = 'sqlite:///x'\n"
        "        self.engine = create_engine(url)\n"
    )

    assert facts(**{"app/main.py": APP, "app/db.py": source}).database_url is None


def test_the_imports_say_what_the_app_is_called_where_its_script_is_run_from_inside() -> None:
    known = facts(
        **{
            "shop/main.py": "import uvicorn\nfrom shop.app import app\nuvicorn.run('app:app')\n",
            "shop/app.py": f"from shop.db import engine\n{APP}",
            "shop/db.py": "engine = create_engine('sqlite://')\n",
        }
    )

    assert served(known) == "shop.app:app in shop/app.py"
    assert layout_of(known).root_package == "shop.blocks"


def test_of_several_databases_the_one_that_a_condition_chooses() -> None:
    source = (
        "def connect():\n    if IN_CLOUD:\n        engine = create_engine('mysql://')\n"
        "    else:\n        engine = create_engine(URL)\n    return engine\n"
    )
    found = facts(**{"app/main.py": APP, "app/db.py": f"URL = 'sqlite://'\n{source}"}).database_url

    assert found is not None
    assert found.expression == "connect().url.render_as_string(hide_password=False)"


def test_a_setting_that_may_be_none_is_no_url() -> None:
    config = SETTINGS.format(config="").replace("database_url: str", "database_url: str | None")
    config = config.replace("dsn: PostgresDsn", "")

    assert facts(**{"app/main.py": APP, "app/config.py": config}).database_url is None


def test_a_setting_called_like_a_url_is_taken_where_no_engine_is_seen() -> None:
    found = facts(**{"app/main.py": APP, "app/config.py": SETTINGS.format(config="")}).database_url

    assert found is not None
    assert found.expression == "settings.database_url"


def test_without_a_database_there_is_no_url() -> None:
    assert facts(**{"main.py": APP}).database_url is None


@pytest.mark.parametrize(
    ("config", "env_file"),
    [
        ("", ".env"),
        ("    model_config = SettingsConfigDict(env_file='.env', extra='ignore')", ".env"),
        ("    model_config = SettingsConfigDict(env_file='.env')", ".blocks/.env"),
        ("    model_config = {'env_file': '.env', 'extra': 'forbid'}", ".blocks/.env"),
        ("    class Config:\n        env_file = '.env'\n        extra = 'allow'", ".env"),
    ],
)
def test_our_keys_stay_away_from_an_env_that_may_refuse_them(config: str, env_file: str) -> None:
    files = {"main.py": APP, "config.py": SETTINGS.format(config=config), ".gitignore": ".env\n"}

    assert layout_of(facts(**files)).env_file == env_file


def test_an_env_that_git_would_commit_gets_no_secret() -> None:
    assert layout_of(facts(**{"main.py": APP})).env_file == ".blocks/.env"
    assert layout_of(facts(**{"main.py": APP, ".env": "A=1\n"})).env_file == ".blocks/.env"


@pytest.mark.parametrize(
    ("files", "env_file"),
    [
        ({"server/.env.example": "A=1\n", ".gitignore": ".env\n"}, "server/.env"),
        ({"server/.env": "A=1\n", "server/.gitignore": "/.env\n"}, "server/.env"),
        ({".env.example": "A=1\n", ".gitignore": ".env\n"}, ".env"),
        ({".gitignore": ".env\n"}, ".env"),
        ({"server/.env.example": "A=1\n", ".gitignore": "server/.env\n"}, "server/.env"),
        ({"server/.env.example": "A=1\n", ".gitignore": "/.env\n"}, ".env"),
        ({"server/.env.example": "A=1\n"}, ".blocks/.env"),
        ({"server/shop/.env": "A=1\n", ".gitignore": ".env\n"}, "server/shop/.env"),
    ],
)
def test_secrets_go_to_the_env_beside_the_variables_that_the_project_shows(
    files: dict[str, str], env_file: str
) -> None:
    known = facts(**{"server/shop/main.py": APP, "server/shop/__init__.py": "", **files})

    assert layout_of(known).env_file == env_file


def test_the_file_that_shows_the_variables() -> None:
    def shown(**files: str) -> str:
        return layout_of(facts(**files)).env_example

    app = {"backend/app/main.py": APP}
    assert shown(**app) == ".env.example"
    assert shown(**app, **{".env.sample": "A=1\n"}) == ".env.sample"
    assert shown(**app, **{".env.example": "", "backend/.env.template": ""}) == (
        "backend/.env.template"
    )


ENV = "from alembic import context\nfrom {models} import Base\ncontext.configure()\n"
REVISION = "revision = '{name}'\ndown_revision = {down}\n"
BASE = "from sqlalchemy.orm import DeclarativeBase\n\nclass Base(DeclarativeBase): ...\n"


def test_all_alembic_histories_and_the_one_with_the_models_of_the_app() -> None:
    known = facts(
        **{
            "app/main.py": APP,
            "app/db.py": BASE,
            "app/models.py": "from app.db import Base\n",
            "alembic.ini": "[alembic]\nscript_location = app/migrations\n",
            "app/migrations/env.py": ENV.format(models="app.models"),
            "app/migrations/versions/1.py": REVISION.format(name="one", down=None),
            "app/migrations/versions/2.py": REVISION.format(name="two", down="'one'"),
            "legacy/alembic.ini": "[alembic]\nscript_location = %(here)s/alembic\n",
            "legacy/alembic/env.py": ENV.format(models="legacy.tables"),
            "legacy/alembic/versions/9.py": REVISION.format(name="nine", down=None),
        }
    )

    assert [each.versions for each in known.histories] == [
        "app/migrations/versions",
        "legacy/alembic/versions",
    ]
    assert known.history is not None
    assert known.history.heads == ("two",)
    assert layout_of(known).versions == "app/migrations/versions"


def test_the_places_at_which_alembic_keeps_its_versions() -> None:
    env = ENV.format(models="app.db")
    ini = "[alembic]\nscript_location = {}\n"
    places = {
        "package": {"alembic.ini": ini.format("app:migrations"), "src/app/migrations/env.py": env},
        "pyproject": {
            "pyproject.toml": '[tool.alembic]\nscript_location = "%(here)s/db"',
            "db/env.py": env,
        },
        "locations": {
            "alembic.ini": ini.format("db") + "version_locations = %(here)s/db/revisions\n",
            "db/env.py": env,
        },
        "code alone": {"app/store/migrations/env.py": env},
    }

    found = {name: detect(project(**files)).histories[0].versions for name, files in places.items()}

    assert found == {
        "package": "src/app/migrations/versions",
        "pyproject": "db/versions",
        "locations": "db/revisions",
        "code alone": "app/store/migrations/versions",
    }


@pytest.mark.parametrize(
    "written",
    {
        "spaces": "version_locations = %(here)s/one %(here)s/two",
        "commas": "version_locations = one, two",
        "os": "path_separator = os\nversion_locations = %(here)s/one:%(here)s/two",
        "older": "version_path_separator = ;\nversion_locations = one;two",
        "lines": "path_separator = newline\nversion_locations =\n  one\n  two",
        "variables": "there = %(here)s\nversion_locations = %(there)s/one %(there)s/two",
    }.values(),
)
def test_a_history_in_several_folders_is_one_and_the_first_is_written_to(written: str) -> None:
    known = facts(
        **{
            "alembic.ini": f"[alembic]\nscript_location = db\n{written}\n",
            "db/env.py": ENV.format(models="app.db"),
            "one/1.py": REVISION.format(name="first", down=None),
            "two/2.py": REVISION.format(name="second", down="'first'"),
        }
    ).history

    assert known is not None
    assert (known.versions, known.other_versions) == ("one", ("two",))
    assert known.heads == ("second",)


@pytest.mark.parametrize(
    ("path", "config"),
    [
        ("alembic.ini", "[alembic]\nscript_location = db\nrecursive_version_locations = true\n"),
        (
            "pyproject.toml",
            "[tool.alembic]\nscript_location = 'db'\nrecursive_version_locations = true\n",
        ),
    ],
)
def test_a_history_may_go_on_in_folders_below(path: str, config: str) -> None:
    known = facts(
        **{
            path: config,
            "db/env.py": ENV.format(models="app.db"),
            "db/versions/1.py": REVISION.format(name="first", down=None),
            "db/versions/2026/2.py": REVISION.format(name="second", down="'first'"),
            "db/versions/__pycache__/3.py": REVISION.format(name="third", down=None),
        }
    ).history

    assert known is not None
    assert known.versions == "db/versions"
    assert known.heads == ("second",)


@pytest.mark.parametrize("location", ["/srv/steps", "../steps", "%(elsewhere)s", "away:steps"])
def test_a_location_that_the_project_does_not_tell_is_known_as_such(location: str) -> None:
    ini = "[alembic]\nscript_location = db\nversion_locations = db/versions {}\n"
    files = {"alembic.ini": ini.format(location), "db/env.py": ENV.format(models="app.db")}

    known = facts(**files).history

    assert known is not None
    assert known.unknown == (location,)


def test_a_default_section_that_leads_nowhere_is_no_history() -> None:
    ini = "[alembic]\nscript_location = db\n[orders]\nscript_location = db/orders\n"
    files = {"alembic.ini": ini, "db/orders/env.py": ENV.format(models="app.db")}

    (history,) = facts(**{"main.py": APP, **files}).histories

    assert (history.folder, history.command) == ("db/orders", "alembic -n orders")


def test_alembic_is_run_where_its_folder_is_found() -> None:
    env = ENV.format(models="app.db")
    above = {"db/alembic.ini": "[alembic]\nscript_location = db/steps\n", "db/steps/env.py": env}
    beside = {"db/alembic.ini": "[alembic]\nscript_location = steps\n", "db/steps/env.py": env}

    assert detect(project(**above)).histories[0].command == "alembic -c db/alembic.ini"
    assert detect(project(**beside)).histories[0].command == "cd db && alembic"


def test_where_no_history_is_told_apart_none_is_chosen() -> None:
    env = ENV.format(models="app.db")
    files = {"app/db.py": BASE, "one/env.py": env, "two/env.py": env, "main.py": APP}

    known = facts(**files)

    assert len(known.histories) == 2
    assert known.history is None


def test_the_tables_that_are_already_there() -> None:
    models = (
        "class User(Base):\n    __tablename__ = 'users'\n"
        "class Hero(SQLModel, table=True):\n    id: int\n"
        "orders = Table('orders', metadata)\n"
        "class Invoice(models.Model):\n    class Meta:\n        table = 'invoices'\n"
    )

    known = facts(
        **{
            "main.py": APP,
            "models.py": models,
            "db.py": "SQL = 'CREATE TABLE IF NOT EXISTS carts (id int)'\n",
            "tests/models.py": "class Fake(Base):\n    __tablename__ = 'fakes'\n",
        }
    )

    assert [table.name for table in known.tables] == [
        "carts",
        "hero",
        "invoices",
        "orders",
        "users",
    ]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("from sqlalchemy.ext.asyncio import create_async_engine", "async SQLAlchemy"),
        ("from sqlalchemy.orm import Session", "SQLAlchemy"),
        ("from sqlmodel import SQLModel", "SQLModel"),
        ("import asyncpg", "SQL"),
        ("from motor.motor_asyncio import AsyncIOMotorClient", "MongoDB"),
        ("import json", "none"),
    ],
)
def test_the_kind_of_data_access(source: str, kind: str) -> None:
    assert facts(**{"main.py": APP, "db.py": source}).orm.kind == kind


PEP621 = '[project]\nname = "shop"\ndependencies = ["fastapi>=0.100", "pydantic"]\n'
DYNAMIC = (
    '[project]\nname = "shop"\ndynamic = ["dependencies"]\n'
    '[tool.setuptools.dynamic]\ndependencies = { file = ["needs.txt"] }\n'
)
POETRY = '[tool.poetry.dependencies]\npython = "^3.11"\nfastapi = "^0.110"\n'


@pytest.mark.parametrize(
    ("files", "path", "kind"),
    [
        ({"pyproject.toml": PEP621, "requirements.txt": "fastapi\n"}, "pyproject.toml", "pep621"),
        ({"pyproject.toml": POETRY}, "pyproject.toml", "poetry"),
        (
            {"pyproject.toml": "[tool.ruff]\n", "requirements.txt": ""},
            "requirements.txt",
            "requirements",
        ),
        (
            {
                "requirements.in": "fastapi\n",
                "requirements.txt": "# autogenerated by pip-compile\n",
            },
            "requirements.in",
            "requirements",
        ),
        ({"requirements/base.txt": "fastapi\n"}, "requirements/base.txt", "requirements"),
        (
            {"requirements.txt": "-r deps/web.txt\n", "deps/web.txt": "fastapi\n"},
            "deps/web.txt",
            "requirements",
        ),
        ({"Pipfile": ""}, "Pipfile", "unsupported"),
        (
            {"pyproject.toml": DYNAMIC, "needs.in": "fastapi\n", "needs.txt": "fastapi==1.0\n"},
            "needs.in",
            "requirements",
        ),
        (
            {"pyproject.toml": '[project]\nname = "shop"\ndynamic = ["dependencies"]\n'},
            "pyproject.toml",
            "unsupported",
        ),
        ({"pyproject.toml": PEP621, "app/pyproject.toml": PEP621}, "app/pyproject.toml", "pep621"),
    ],
)
def test_the_file_that_names_the_packages(files: dict[str, str], path: str, kind: str) -> None:
    found = facts(**{"app/main.py": APP, **files}).dependencies

    assert found is not None
    assert (found.path, found.kind) == (path, kind)


def test_what_is_pinned_and_what_is_locked() -> None:
    lock = '[[package]]\nname = "SQLAlchemy"\nversion = "1.4.9"\n'

    known = facts(**{"main.py": APP, "pyproject.toml": POETRY, "poetry.lock": lock})

    assert {pin.name: pin.bounds for pin in known.pins} == {
        "python": ">=3.11,<4",
        "fastapi": ">=0.110,<0.111",
        "sqlalchemy": "==1.4.9",
    }


@pytest.mark.parametrize(
    "groups",
    [
        '[project]\ndependencies = ["fastapi"]\n[dependency-groups]\nweb = ["redis==4.1"]\n',
        '[project]\ndependencies = ["fastapi"]\n'
        '[project.optional-dependencies]\nall = ["redis ==4.1"]\n',
        '[project]\ndependencies = []\n[tool.uv]\nconstraint-dependencies = ["redis==4.1"]\n',
        f'{POETRY}[tool.poetry.group.dev.dependencies]\nredis = "4.1"\n',
    ],
)
def test_what_a_group_of_packages_asks_for_binds_as_a_lock_does(groups: str) -> None:
    known = facts(**{"main.py": APP, "pyproject.toml": groups})

    assert ("redis", "==4.1", True) in [(p.name, p.bounds, p.is_locked) for p in known.pins]


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"db.py": "from beanie import Document"}, "MongoDB"),
        ({"config.py": "URL = 'mysql+aiomysql://root@db/shop'"}, "MySQL"),
        ({"requirements.txt": "fastapi\npymysql\n"}, "MySQL"),
        ({"requirements.txt": "fastapi\npydantic<2\n"}, "Pydantic 1"),
        ({"requirements.txt": "fastapi\npydantic==1.10.2\n"}, "Pydantic 1"),
        ({".python-version": "3.9\n"}, "Python 3.9"),
        ({"Dockerfile": "FROM python:3.10-slim\n"}, "Python 3.10"),
    ],
)
def test_what_cannot_be_served_is_known_before_a_write(files: dict[str, str], word: str) -> None:
    (obstacle,) = facts(**{"main.py": APP, **files}).obstacles

    assert word in obstacle.why
    assert obstacle.evidence is not None


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "pymysql\nasyncpg\n", "db.py": "URL = 'postgresql+asyncpg://db/shop'"},
        {"requirements.txt": "pydantic>=2,<3\n"},
        {".python-version": "3.12.1\n", "Dockerfile": "FROM python:3.13\n"},
    ],
)
def test_what_can_be_served_meets_no_obstacle(files: dict[str, str]) -> None:
    assert facts(**{"main.py": APP, **files}).obstacles == ()


def test_every_finding_can_be_shown_with_its_evidence() -> None:
    known = facts(
        **{
            "app/main.py": APP,
            "Dockerfile": "FROM python:3.12\nCMD uvicorn app.main:app",
            "pyproject.toml": f"{PEP621}[tool.ruff]\nline-length = 99\n",
        }
    )

    shown = {finding.fact: f"{finding.value} ({finding.evidence})" for finding in findings(known)}

    assert (
        shown["app"] == "app.main:app in app/main.py (Dockerfile:2: Dockerfile runs `app.main:app`)"
    )
    assert "app/main.py:3" in shown["finished"]
    assert shown["formatter"] == "ruff (pyproject.toml:4: [tool.ruff])"
    assert shown["python"].startswith("3.12 (Dockerfile:1")


def test_a_project_with_broken_files_is_still_read() -> None:
    known = facts(
        **{
            "main.py": APP,
            "broken.py": "from fastapi import FastAPI\ndef (:\n",
            "pyproject.toml": "[tool.",
            "alembic.ini": "script_location",
        }
    )

    assert served(known) == "main:app in main.py"


def test_the_routes_that_are_already_there() -> None:
    login = 'from fastapi import APIRouter\n\nrouter = APIRouter(prefix="/auth")\n'
    known = facts(
        **{
            "app/main.py": "from fastapi import FastAPI\nfrom app.api import api\n"
            "from app.config import settings\nfrom app.old import router\n\napp = FastAPI()\n"
            "app.include_router(api, prefix='/api/v1')\n"
            "app.include_router(router, prefix=settings.OLD)\n",
            "app/api.py": "from fastapi import APIRouter\nfrom app import auth\n\n"
            "api = APIRouter()\napi.include_router(auth.router)\n",
            "app/auth.py": f'{login}\n@router.post("/login")\ndef login(): ...\n',
            "app/old.py": f'{login}\n@router.get("/users/{{user_id}}")\ndef user(): ...\n',
        }
    )

    found = {(route.method, route.path): route for route in known.routes}

    assert set(found) == {("POST", "/api/v1/auth/login"), ("GET", "*/auth/users/{}")}
    assert found["POST", "/api/v1/auth/login"].is_met_by("POST", "/api/v1/auth/login")
    assert found["GET", "*/auth/users/{}"].is_met_by("GET", "/api/v1/auth/users/{}")
    assert not found["GET", "*/auth/users/{}"].is_met_by("POST", "/api/v1/auth/users/{}")


SERVER = """\
import uvicorn
from fastapi import FastAPI

class Server:
    shared = FastAPI()

    def __init__(self):
        self.app = FastAPI()

    def include(self):
        self.NAME.include_router(users)

    def run(self):
        uvicorn.run(self.NAME)
"""
BUILT_ELSEWHERE = """\
from framework import create_app

app = create_app()
app.include_router(users)
"""
EDITION = """\
from fastapi import FastAPI
from shop.editions import choose

def build():
    application = FastAPI()
    add(application, users)
    add(application, items)
    return application

def add(application, router):
    application.include_router(router)

app = choose("build")()
"""
LOCAL = """\
import uvicorn
from fastapi import FastAPI

def main():
    server = FastAPI()
    server.include_router(users)
    uvicorn.run(server)
"""
DECLARED = (
    "import fastapi\nfrom kit import bootstrap\n"
    "def create_app():\n    web: fastapi.FastAPI = bootstrap()\n    web.include_router(users)\n"
    "    return web\napp = create_app()\n"
)
BUILT_BY_ITSELF = (
    "from fastapi import FastAPI\n"
    "class Server:\n    def __init__(self):\n        self.app = self.build()\n"
    "    def build(self, app=None):\n        app = app or FastAPI()\n        self.include(app)\n"
    "        return app\n"
    "    def include(self, app):\n        app.include_router(users)\n"
    "def create_app():\n    server = Server()\n    return server.app\napp = create_app()\n"
)
SHARED = """\
from fastapi import FastAPI

class Server:
    api = FastAPI()

    DECORATOR
    def build(HOLDER):
        NAME.include_router(users)
        return NAME

app = Server.build()
"""
SEVERAL = """\
from fastapi import FastAPI

def create_app(kind):
    if kind == "worker":
        worker = FastAPI()
        return worker
    web = FastAPI()
    web.include_router(users)
    return web

app = create_app("web")
"""
OWN_CLASS = """\
from fastapi import FastAPI

class Shop(FastAPI):
    def __init__(self):
        super().__init__()
        self.include_router(users)

app = Shop()
"""


@pytest.mark.parametrize(
    ("source", "finished"),
    [
        (SERVER.replace("NAME", "app"), "Server.include self.app"),
        (SERVER.replace("NAME", "shared").replace("self.app = FastAPI()", "..."),
         "Server.include self.shared"),
        (BUILT_ELSEWHERE, "- app"),
        (EDITION, "build application"),
        (LOCAL, "main server"),
        (OWN_CLASS, "Shop.__init__ self"),
        (BUILT_BY_ITSELF, "Server.include app"),
        (DECLARED, "create_app web"),
        (
            SHARED.replace("DECORATOR", "@classmethod").replace("HOLDER", "cls")
            .replace("NAME", "cls.api"),
            "Server.build cls.api",
        ),
        (
            SHARED.replace("DECORATOR", "@staticmethod").replace("HOLDER", "")
            .replace("NAME", "Server.api"),
            "Server.build Server.api",
        ),
        (SEVERAL, "create_app web"),
    ],
    ids=["in an object", "in a class", "from elsewhere", "by its name", "local", "subclass",
         "by its own method", "by its type", "by a method of the class", "by a static method",
         "of several the one that is returned last"],
)  # fmt: skip
def test_an_app_need_not_be_a_name_of_its_module(source: str, finished: str) -> None:
    known = facts(**{"shop/web.py": source, "Dockerfile": "CMD uvicorn shop.web:app"})

    assert known.finish is not None
    assert f"{known.finish.function or '-'} {known.finish.name}" == finished


NAMING = (
    "def name_operations(app):\n    for route in app.routes:\n        route.operation_id = 'x'\n"
)
INCLUDING = "def register(app):\n    app.include_router(users)\n"


@pytest.mark.parametrize(
    ("factory", "main", "finished"),
    [
        ("{app}    return app\n", "app = create_app()\nname_operations(app)\n", "app/main.py -"),
        (
            "{app}    name_operations(app)\n    return app\n",
            "app = create_app()\n",
            "app/factory.py create_app",
        ),
        (
            "{app}    app.mount('/', files)\n    return app\n",
            "app = create_app()\nname_operations(app)\n",
            "app/routes.py register",
        ),
    ],
)
def test_an_app_is_finished_behind_what_goes_over_its_routes(
    factory: str, main: str, finished: str
) -> None:
    making = "def create_app():\n    app = FastAPI()\n    register(app)\n"
    imports = "from fastapi import FastAPI\nfrom app.routes import name_operations, register\n"
    found = facts(
        **{
            "app/routes.py": f"{NAMING}{INCLUDING}",
            "app/factory.py": imports + factory.format(app=making),
            "app/main.py": f"from app.factory import create_app\n{imports}{main}",
        }
    ).finish

    assert found is not None
    assert f"{found.path} {found.function or '-'}" == finished


def test_an_app_that_another_one_mounts_is_no_candidate() -> None:
    outer = "from fastapi import FastAPI\nfrom b import app as inner\n\nouter = FastAPI()\n"
    known = facts(**{"a.py": f"{outer}outer.mount('/b', inner)\n", "b.py": APP})

    assert served(known) == "a:outer in a.py"
    assert [mount.path for mount in known.mounts] == ["/b"]


def test_a_package_called_demo_is_served_if_a_command_says_so() -> None:
    known = facts(**{"demo/main.py": APP, "Dockerfile": "CMD uvicorn demo.main:app"})

    assert served(known) == "demo.main:app in demo/main.py"


def test_a_compiled_twin_locks_what_its_source_leaves_open() -> None:
    twin = "# autogenerated by pip-compile\nfastapi==0.110.0\n"
    known = facts(**{"main.py": APP, "requirements.in": "fastapi\n", "requirements.txt": twin})

    assert [(pin.bounds, pin.is_locked) for pin in known.pins] == [("", False), ("==0.110.0", True)]
