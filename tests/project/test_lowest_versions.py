"""A manifest's bounds are true: the blocks work with exactly the lowest versions that they name."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.manifest import CORE
from tests.blocks.bundled import NAMES, block, folder_of, project_around_them
from tests.project.environments import environment, oldest_python
from tests.project.generated import Project, new_project
from tests.project.journey import visitor_of, whole_journey, with_mail_files

pytestmark = pytest.mark.slow

TOOLS_OF_THE_TESTS = ("aiosmtpd", "httpx2", "pytest")
CLIENT_OF_OLDER_STARLETTES = "httpx>=0.28"  # their `TestClient` knows no `httpx2`


@pytest.fixture(scope="module")
def shop_at_the_lowest(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = new_project(tmp_path_factory.mktemp("lowest") / "shop", "--all")
    return with_mail_files(Project(project.folder, lowest_versions()))


@pytest.mark.parametrize("name", NAMES)
def test_a_block_passes_its_own_tests(name: str, shop_at_the_lowest: Project) -> None:
    storages = "sqlite,postgresql" if name == CORE else "sqlite"  # core is who knows the drivers
    project = shop_at_the_lowest.with_variables(TEST_STORAGES=storages)

    project.module("pytest", "-q", folder_of(name))


def test_tells_the_whole_story(shop_at_the_lowest: Project) -> None:
    with shop_at_the_lowest.served() as server, visitor_of(shop_at_the_lowest, server) as ada:
        whole_journey(ada)


def lowest_versions() -> Path:
    """The Python of an environment with exactly what the manifests name, and the test tools."""
    blocks = [project_around_them(), *(block(name) for name in NAMES)]
    tools = [f"{tool}=={version(tool)}" for tool in TOOLS_OF_THE_TESTS]
    packages = ["--resolution", "lowest-direct", *minima(blocks), *tools]
    return environment(oldest_python(), [*packages, CLIENT_OF_OLDER_STARLETTES], b"")


def minima(blocks: list[Block]) -> list[str]:
    return sorted({str(need) for each in blocks for need in each.manifest.python})
