"""The hub as it is first written: the application has `core`, and nothing else yet.

In a foreign project it also has what joins the two worlds, `load_settings` and
`install_blocks`: written once, and the user's from then on.
"""

from __future__ import annotations

from fastapi_registry.engine.layout import Layout

_IMPORTS = """\
from {root} import core
from {root}.core.blocks import Block
from {root}.core.config import CoreSettings
"""

_JOINING_IMPORTS = """\
from pathlib import Path

from fastapi import FastAPI

from {root} import core
from {root}.core.app_factory import attach
from {root}.core.blocks import Block
from {root}.core.config import {database_settings}JoinedSettings
from {root}.core.database_schema import with_blocks as with_blocks  # for Alembic's env.py
"""

_BLOCKS = '''
BLOCKS: tuple[Block, ...] = (
    core.block,  # what all others stand on
)


class Settings({base}):
    """One section for each block that has settings."""
'''

_JOINING = '''

_FOLDERS = Path(__file__).resolve().parents[:{depth}]  # from here to the top of the project


def load_settings() -> Settings:
    """What your project already knows wins over the environment."""
{database_import}    names = (".env", ".blocks/.env")
    env_files = [folder / name for folder in reversed(_FOLDERS) for name in names]
{database_url}    return Settings(_env_file=env_files{database})


def install_blocks(app: FastAPI, *, prefix: str | None = None) -> None:
    """Call it where `app` is finished."""
    attach(app, load_settings(), BLOCKS, prefix=prefix)
'''

NAMES = frozenset({"DatabaseSettings", "Settings", "env_files", "folder", "name", "names", "url"})
"""What `load_settings` says itself: what it imports of the project's goes by other names."""

_LATE_IMPORT = """\
    {statement}  # here, since that module may import this one

"""


def new_hub(layout: Layout) -> bytes:
    """The hub of a project that has `core` alone."""
    docstring = '"""What this app is made of. `fastapi-blocks` edits BLOCKS and Settings."""\n\n'
    imports = _JOINING_IMPORTS if layout.joins else _IMPORTS
    source = docstring + imports + _BLOCKS + (_JOINING if layout.joins else "")
    base = "JoinedSettings" if layout.joins else "CoreSettings"
    named = {"{root}": layout.root_package, "{base}": base, **_joining(layout)}
    for name, value in named.items():
        source = source.replace(name, value)
    return source.encode()


def _joining(layout: Layout) -> dict[str, str]:
    """How the user's own URL reaches `load_settings`; nothing where it was not found."""
    url, statement = layout.database_url, layout.database_import
    return {
        "{depth}": str(layout.hub.count("/") + 1),
        "{database_settings}": "DatabaseSettings, " if url else "",
        "{database_import}": _LATE_IMPORT.replace("{statement}", statement) if statement else "",
        "{database_url}": f"    url = {url}\n" if url else "",
        "{database}": ", database=DatabaseSettings(url=url)" if url else "",
    }
