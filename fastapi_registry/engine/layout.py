"""Where things go in this project. A new one has our layout; another's comes from detection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from fastapi_registry.engine.lock import Lock
from fastapi_registry.engine.manifest import CORE, PROJECT


class Layout(NamedTuple):
    """Paths are relative to the project's folder, "/" on every system."""

    root_package: str = "app"
    """The package that blocks are imported from: `app.modules.auth`, `shop.blocks.modules.auth`."""
    root_path: str = "app"
    table_prefix: str = ""
    hub: str = "app/installed.py"
    versions: str = "migrations/versions"
    """The folder of the project's Alembic revisions."""
    other_versions: str = ""
    """Where else it has revisions, which are only read: `one:two/**`, with all below `two`."""
    alembic: str = "alembic"
    """What is typed before `upgrade head`, where the project has an Alembic of its own."""
    dependency_file: str = "pyproject.toml"
    env_file: str = ".env"
    env_example: str = ".env.example"
    joins: bool = False
    """Whether blocks join an application of the user's, which calls `install_blocks(app)`."""
    database_url: str = ""
    """The expression that gives the user's own URL (`settings.db_dsn`), "" if it was not found."""
    database_import: str = ""
    """The statement that `database_url` needs: `from shop.config import settings`."""

    def path_of(self, src: str, block: str) -> str:
        """Where `src` of `block` goes."""
        return src if block == PROJECT else f"{self.root_path}/{src}"

    @property
    def import_root(self) -> str:
        """What stands before the root package in paths: "src/", or "" for the project's folder."""
        return self.root_path.removesuffix(self.root_package.replace(".", "/"))

    @property
    def packages_folder(self) -> str:
        """Where the packages are named: a lock and an environment may lie there, too."""
        return self.dependency_file.rpartition("/")[0]

    @property
    def working_folders(self) -> tuple[str, ...]:
        """Where the project's own commands may run, on which relative paths in its settings depend.

        The likeliest first: where its Alembic runs, its top, and what it imports itself from.
        """
        entered, is_entered, _ = self.alembic.partition(" && ")
        likeliest = entered.removeprefix("cd ") if is_entered else ""
        return tuple(dict.fromkeys((likeliest, "", self.import_root.rstrip("/"))))

    @property
    def keeps_own_history(self) -> bool:
        """Whether the blocks bring an Alembic of their own, in a project that has none."""
        return self.joins and self.versions == f"{self.root_path}/migrations/versions"

    @property
    def locations(self) -> tuple[str, ...]:
        """All folders of the project's Alembic history."""
        return (self.versions, *filter(None, self.other_versions.split(":")))

    @property
    def params(self) -> dict[str, str]:
        """What the lock remembers of it: the choices, and what differs from our own layout."""
        known = {"package": self.root_package, "table_prefix": self.table_prefix}
        usual = Layout.below(self.root_package)
        return known | {
            name: str(getattr(self, name))
            for name in _REMEMBERED
            if getattr(self, name) != getattr(usual, name)
        }

    @staticmethod
    def below(root_package: str, *, table_prefix: str = "") -> Layout:
        """Our own layout with another root package."""
        root_path = root_package.replace(".", "/")
        return Layout(
            root_package=root_package,
            root_path=root_path,
            table_prefix=table_prefix,
            hub=f"{root_path}/installed.py",
        )


NEW_PROJECT: Final = Layout()

REQUIREMENTS: Final = "requirements.txt"
REQUIREMENTS_DEV: Final = "requirements-dev.txt"
"""What those who develop a project need beside it."""

_REMEMBERED = tuple(name for name in Layout._fields if name not in ("root_package", "table_prefix"))


def layout_of(lock: Lock) -> Layout | None:
    """The layout that `core` was installed with; `None` where there is no core yet."""
    core = lock.get(CORE)
    return None if core is None else _from_params(core.params)


def _from_params(params: Mapping[str, str]) -> Layout:
    package, prefix = params.get("package", "app"), params.get("table_prefix", "")
    usual = Layout.below(package, table_prefix=prefix)._asdict()
    chosen: dict[str, str | bool] = {
        name: params[name] for name in _REMEMBERED if name in params and name != "joins"
    }
    return Layout(**{**usual, **chosen, "joins": params.get("joins") == "True"})
