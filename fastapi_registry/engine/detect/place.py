"""Where blocks go in a project that somebody else laid out."""

from __future__ import annotations

from pathlib import PurePosixPath

from fastapi_registry.engine.detect.entrypoint import Entrypoint
from fastapi_registry.engine.detect.facts import Facts
from fastapi_registry.engine.layout import Layout

_OURS = "blocks"
_ENV_OF_OUR_OWN = ".blocks/.env"


def root_package_of(app: Entrypoint | None, wished: str | None) -> str:
    """Below the project's package, so that nothing of the user's is overwritten or shadowed."""
    return wished or ".".join(part for part in (app.package if app else "", _OURS) if part)


def layout_of(facts: Facts, *, root: str | None = None, table_prefix: str = "") -> Layout:
    """`root` is the package that `--root` names instead of the usual one."""
    root_package = root_package_of(facts.entrypoint, root)
    root_path = "/".join(part for part in (facts.root, *root_package.split(".")) if part)
    url, file = facts.database_url, facts.dependencies
    env_files = (path for path in facts.env_files if _is_above(path, root_path))
    return Layout(
        root_package=root_package,
        root_path=root_path,
        table_prefix=table_prefix,
        hub=f"{root_path}/installed.py",
        versions=facts.history.versions if facts.history else f"{root_path}/migrations/versions",
        other_versions=":".join(facts.history.other_versions) if facts.history else "",
        alembic=facts.history.command if facts.history else "alembic",
        dependency_file=file.path if file else "requirements.txt",
        env_file=next(env_files, _ENV_OF_OUR_OWN),
        env_example=facts.env_example,
        joins=True,
        database_url=url.expression if url else "",
        database_import=url.statement if url else "",
    )


def _is_above(file: str, folder: str) -> bool:
    """Whether a file lies beside or above a folder: the hub reads each `.env` there."""
    return PurePosixPath(folder).is_relative_to(PurePosixPath(file).parent)
