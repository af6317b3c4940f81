"""Five small blocks in a diamond, and a `project`: `core ← auth, logs ← users`, and `teams`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from textwrap import dedent

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.install import plan_install
from fastapi_registry.engine.layout import NEW_PROJECT, Layout
from fastapi_registry.engine.manifest import parse_manifest
from fastapi_registry.engine.new_project import plan_init
from fastapi_registry.engine.plan import Plan, applied
from fastapi_registry.engine.tree import Tree


def fresh_secret(kind: str) -> str:
    """As predictable as a test needs it."""
    return f"made-from-{kind.replace(':', '-')}"


def a_block(manifest: str, files: Mapping[str, str]) -> Block:
    content = dedent(manifest).encode()
    parsed = parse_manifest(content)
    everything = {f"{parsed.folder}/block.toml".lstrip("/"): content} | {
        src: dedent(text).encode() for src, text in files.items()
    }
    if parsed.name == "project":
        del everything["block.toml"]
    return Block(parsed, Tree(everything))


def a_migration(block: str, number: int) -> str:
    down = f'"{block}_{number - 1:04}"' if number > 1 else "None"
    return f'''\
        """{block} {number}."""

        from app.core.tables import table

        revision = "{block}_{number:04}"
        down_revision: str | None = {down}
        branch_labels = None
        depends_on = None
        '''


PROJECT = a_block(
    """
    schema = 1
    name = "project"
    version = "1.0.0"
    title = "A project"
    python = ["uvicorn >=0.30"]
    rewrite = ["README.md"]
    [pins]
    uvicorn = ">=0.50"
    "sqlalchemy[asyncio]" = ">=2.1.5"
    """,
    {
        "pyproject.toml": """\
            [project]
            name = "example-project"
            description = "An example"
            dependencies = [
                "everything>=1",
            ]

            [dependency-groups]
            dev = [
                "pytest>=9",
            ]

            [tool.ruff]
            line-length = 100  # as it is
            """,
        "README.md": "# {{ name }}\n\n{{ description }}: {x}\n",
        ".env.example": "# Copy this to .env\n",
        "app/main.py": "from app.installed import BLOCKS\n",
    },
)

CORE = a_block(
    """
    schema = 1
    name = "core"
    version = "1.2.0"
    title = "The ground"
    python = ["sqlalchemy[asyncio] >=2.0", "pydantic >=2.7"]
    paths = ["clients", "__init__.py", "pytest.ini"]
    rewrite = ["pytest.ini"]
    [[env]]
    name = "DATABASE_URL"
    about = "Where the data lives"
    example = "sqlite+aiosqlite:///app.db"
    [[env]]
    name = "SECRET_KEY"
    about = "Signs what leaves this app"
    generate = "key:32"
    instead = "AUTH_SECRET_KEY"
    """,
    {
        "__init__.py": "",
        "pytest.ini": "[pytest]\naddopts = -p app.core.testing\n",
        "core/__init__.py": "from app.core.blocks import Block\n",
        "core/blocks.py": "class Block: ...\n",
        "core/tables.py": 'from typing import Final\n\nPREFIX: Final = ""\n',
        "clients/database.py": "from app.core import tables as app_tables\n",
    },
)

AUTH = a_block(
    """
    schema = 1
    name = "auth"
    version = "1.0.0"
    title = "Sign-in"
    requires = ["core >=1.0"]
    python = ["pwdlib[argon2] >=0.2", "pydantic >=2.9"]
    rewrite = ["README.md"]
    [[env]]
    name = "AUTH_PEPPER"
    about = "Keys the refresh tokens"
    generate = "token:48"
    [[env]]
    name = "ACCESS_TOKEN_EXPIRES_MINUTES"
    about = "How long an access token lives"
    example = "15"
    active = true
    """,
    {
        "modules/auth/__init__.py": "from app.modules.auth.settings import AuthSettings\n",
        "modules/auth/settings.py": "class AuthSettings: ...\n",
        "modules/auth/README.md": "Edit `app/modules/auth/`; import `app.modules.auth`.\n",
        "modules/auth/migrations/0001_users.py": a_migration("auth", 1),
        "modules/auth/migrations/0002_sessions.py": a_migration("auth", 2),
    },
)

LOGS = a_block(
    """
    schema = 1
    name = "logs"
    version = "1.0.0"
    title = "Logs"
    requires = ["core >=1.0"]
    python = ["sqlalchemy >=2.0.30", "pydantic[email] >=2.8"]
    """,
    {
        "modules/logs/__init__.py": "",
        "modules/logs/migrations/0001_logs.py": a_migration("logs", 1),
    },
)

USERS = a_block(
    """
    schema = 1
    name = "users"
    version = "1.0.0"
    title = "Users"
    requires = ["auth >=1.0", "core >=1.0", "logs"]
    [[env]]
    name = "USERS_PAGE"
    about = "Users on a page"
    example = "20"
    """,
    {"modules/users/__init__.py": "", "modules/users/settings.py": "class UsersSettings: ...\n"},
)

TEAMS = a_block(
    """
    schema = 1
    name = "teams"
    version = "2.0.0"
    title = "Teams"
    requires = ["core"]
    [[env]]
    name = "TEAM_SIZE"
    about = "People in a team"
    """,
    {"modules/teams/__init__.py": "", "modules/teams/settings.py": "class TeamsSettings: ...\n"},
)

MODULES = (AUTH, LOGS, USERS, TEAMS)
ALL = (PROJECT, CORE, *MODULES)


def install(
    project: Tree, *blocks: Block, layout: Layout = NEW_PROJECT, direct: Collection[str] = ()
) -> Plan:
    """The plan that adds `blocks`, as the command line would ask for it."""
    return plan_install(
        project,
        blocks,
        layout,
        direct=direct or [block.name for block in blocks],
        fresh_secret=fresh_secret,
        pins=PROJECT.manifest.pins,
    )


def installed(
    project: Tree, *blocks: Block, layout: Layout = NEW_PROJECT, direct: Collection[str] = ()
) -> Tree:
    return applied(install(project, *blocks, layout=layout, direct=direct), project)


def a_new_project(*blocks: Block, name: str = "Shop") -> Tree:
    """`project`, `core` and `blocks`, where there was nothing."""
    everything = (PROJECT, CORE, *blocks)
    direct = [block.name for block in blocks]
    plan = plan_init(Tree(), everything, name=name, direct=direct, fresh_secret=fresh_secret)
    return applied(plan, Tree())
