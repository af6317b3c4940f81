"""What commands need to know of a project that has blocks."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from fastapi_registry.adapters.git import ignored_by_git
from fastapi_registry.cli.carry_out import Outcome
from fastapi_registry.engine.doctor.finding import Finding
from fastapi_registry.engine.doctor.ignored import ignored_findings, written_to_commit
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.layout import Layout, layout_of
from fastapi_registry.engine.lock import lock_of
from fastapi_registry.engine.plan import applied
from fastapi_registry.engine.tree import Tree, all_folders_of


class NoProject(RegistryError):
    def __init__(self, root: Path) -> None:
        super().__init__(
            f"`{root}` is no project with blocks: it has no `blocks.lock`",
            hint="make one with `fastapi-blocks init`, or name its folder: `--project-path DIR`",
        )


class LinkedCode(RegistryError):
    """The application must be behind a link: nothing is read there, and nothing written."""

    def __init__(self, link: str, target: Path) -> None:
        super().__init__(
            f"no FastAPI application was found: `{link}` is a symbolic link, which is not followed",
            hint=f"run this in the project that `{target}` belongs to, "
            "or put the folder itself in the place of the link",
        )


def layout_in(project: Tree, root: Path) -> Layout:
    """Raises `NoProject`."""
    layout = layout_of(lock_of(project))
    if layout is None:
        raise NoProject(root)
    return layout


def upgrade_steps(outcome: Outcome) -> list[str]:
    """Migrations are run by whoever knows whether now is the time for it."""
    if not outcome.plan.migrations:
        return []
    before = outcome.before
    layout = layout_of(lock_of(before)) or layout_of(lock_of(applied(outcome.plan, before)))
    if layout is None or not layout.joins:
        shim = (outcome.root / "manage.py").exists()
        return [f"python {'manage.py' if shim else '-m app'} db upgrade"]
    if layout.keeps_own_history:
        return [f"{_enter(layout)}python -m {layout.root_package} db upgrade"]
    return [f"{layout.alembic} upgrade head"]


def what_git_ignores(root: Path, project: Tree, needed: frozenset[str]) -> list[Finding]:
    """Of what blocks wrote into the project and everybody in the team needs."""
    rules = ignored_by_git(root, needed | all_folders_of(needed))
    return list(ignored_findings(project, needed, rules))


def commit_steps(outcome: Outcome) -> list[str]:
    """A team's ignore file was written before there were blocks: `logs/` meant something else."""
    if not outcome.written:
        return []
    project = applied(outcome.plan, outcome.before)
    found = what_git_ignores(outcome.root, project, written_to_commit(outcome.plan))
    return [f"{each.what}; `fastapi-blocks doctor` has the lines to paste" for each in found]


def _enter(layout: Layout) -> str:
    """To where the project runs: what it imports itself from, or above a package below `src`.

    Where its database is named by a relative path, another folder would be another database.
    """
    folder = PurePosixPath(layout.import_root)
    if folder.name == "src" and "." in layout.root_package:
        folder = folder.parent
    return f"cd {folder} && " if str(folder) != "." else ""
