"""The wheel: what is in it, and that it needs nothing beside it."""

from __future__ import annotations

import subprocess
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

import pytest

import fastapi_registry
from tests.project.generated import PYTHON, Project, clean_environment
from tests.project.journey import visitor_of, whole_journey, with_mail_files

ROOT = Path(fastapi_registry.__file__).parent.parent
PACKAGE = ROOT / "fastapi_registry"
LEFT_BY_A_RUN = ("__pycache__", ".venv", "_cache", ".db", ".pyc", "uv.lock", "/mails/", "/.env")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run("uv", "build", "--wheel", "--no-build-isolation", "--out-dir", str(out), str(ROOT))
    (built,) = out.glob("*.whl")
    return built


def test_carries_every_file_of_the_package(wheel: Path) -> None:
    assert tracked_files() <= packed_files(wheel)


def test_carries_the_dot_files_of_the_example_project(wheel: Path) -> None:
    example = PurePosixPath("fastapi_registry/example_project")

    assert {str(example / ".env.example"), str(example / ".gitignore")} <= packed_files(wheel)


def test_carries_nothing_that_a_run_left_behind(wheel: Path) -> None:
    left = {
        path
        for path in packed_files(wheel) - tracked_files()
        if any(mark in f"/{path}" for mark in LEFT_BY_A_RUN) and not path.endswith(".env.example")
    }

    assert left == set()


def test_its_version_is_the_one_that_the_tool_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] in run("fastapi-blocks", "--version")


def test_works_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """The tool from the wheel makes a project and its environment; nothing of ours is near."""
    environment = tmp_path / "environment"
    run("uv", "venv", "--quiet", "--python", str(PYTHON), str(environment))
    tool = environment / "bin" / "fastapi-blocks"
    constraints = str(ROOT / "requirements" / "dev.txt")
    run(
        *("uv", "pip", "install", "--quiet", "--python", str(environment / "bin" / "python")),
        *("--constraint", constraints, str(wheel)),
    )

    run(str(tool), "init", str(tmp_path / "shop"), "--yes", cwd=tmp_path)
    run(str(tool), "add", "auth", "--yes", cwd=tmp_path / "shop")
    assert (tmp_path / "shop" / ".venv").is_dir()

    shop = with_mail_files(Project(tmp_path / "shop", tmp_path / "shop" / ".venv/bin/python"))
    with shop.served() as server, visitor_of(shop, server) as ada:
        whole_journey(ada)


def packed_files(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if name.startswith(f"{PACKAGE.name}/")}


def tracked_files() -> set[str]:
    """What git knows of the package, changed or not: the wheel is made from the same."""
    listed = run("git", "-C", str(ROOT), "ls-files", "-z", "--", PACKAGE.name).split("\0")
    return {path for path in listed if path and (ROOT / path).exists()}


def run(*command: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout
