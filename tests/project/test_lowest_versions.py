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


@pytest.mark.parametrize("name", NAMES)
def test_a_block_with_only_what_it_requires_passes_its_own_tests(name: str, tmp_path: Path) -> None:
    project = new_project(tmp_path / "shop", *([] if name == CORE else ["--with", name]))
    storages = "memory,sqlite,postgresql" if name == CORE else "memory"  # core knows the drivers
    at_the_lowest = Project(project.folder, lowest_versions(), {"TEST_STORAGES": storages})

    at_the_lowest.passes("tests", folder_of(name))


def test_all_together_tell_the_whole_story(tmp_path: Path) -> None:
    shop = new_project(tmp_path / "shop", "--all")
    at_the_lowest = with_mail_files(Project(shop.folder, lowest_versions()))

    with at_the_lowest.served() as server, visitor_of(at_the_lowest, server) as ada:
        whole_journey(ada)


def lowest_versions() -> Path:
    """The Python of an environment with exactly what the manifests name, and the test tools."""
    blocks = [project_around_them(), *(block(name) for name in NAMES)]
    tools = [f"{tool}=={version(tool)}" for tool in TOOLS_OF_THE_TESTS]
    packages = ["--resolution", "lowest-direct", *minima(blocks), *tools]
    return environment(oldest_python(), [*packages, CLIENT_OF_OLDER_STARLETTES], b"")


def minima(blocks: list[Block]) -> list[str]:
    return sorted({str(need) for each in blocks for need in each.manifest.python})
