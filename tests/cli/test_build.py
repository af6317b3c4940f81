"""`build`: the index of a registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Blocks, a_block, look


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A project of blocks, with what a run leaves in it."""
    a_block(tmp_path / "registry/app/modules/greetings")
    (tmp_path / "registry/app/modules/greetings/__pycache__").mkdir()
    (tmp_path / "registry/app/modules/greetings/__pycache__/x.pyc").write_bytes(b"\0")
    return tmp_path / "registry"


def test_names_every_file_with_its_digest(blocks: Blocks, registry: Path) -> None:
    answer = blocks("build", str(registry), at=registry)

    assert answer.exit_code == 0
    (entry,) = json.loads((registry / "registry.json").read_bytes())["blocks"]
    assert entry["name"] == "greetings"
    assert [file["src"] for file in entry["files"]] == [
        "modules/greetings/README.md",
        "modules/greetings/__init__.py",
        "modules/greetings/block.toml",
        "modules/greetings/db_models.py",
        "modules/greetings/router.py",
    ]


def test_building_again_changes_nothing(blocks: Blocks, registry: Path) -> None:
    blocks("build", str(registry), at=registry)
    before = look(registry)

    answer = blocks("build", str(registry), at=registry)

    assert answer == Answer(0, "", "Nothing to do\n")
    assert look(registry) == before


def test_check_finds_a_stale_index(blocks: Blocks, registry: Path) -> None:
    blocks("build", str(registry), at=registry)
    (registry / "app/modules/greetings/router.py").write_text("router = None\n")
    before = look(registry)

    assert blocks("build", str(registry), "--check", at=registry).exit_code == 4
    assert look(registry) == before


def test_a_folder_without_blocks_is_refused(blocks: Blocks, tmp_path: Path) -> None:
    answer = blocks("build", str(tmp_path), at=tmp_path)

    assert answer.exit_code == 2
    assert answer.err.startswith(f"error: there are no blocks in `{tmp_path}`\n")


def test_a_manifest_that_lies_is_told_with_its_place(blocks: Blocks, registry: Path) -> None:
    manifest = registry / "app/modules/greetings/block.toml"
    manifest.write_text(manifest.read_text().replace('"1.2.0"', '"one"'))

    answer = blocks("build", str(registry), at=registry)

    assert answer.exit_code == 1
    assert f"{manifest}: `version` is `one`" in answer.err


class TestEarlierVersions:
    @pytest.fixture
    def with_spring(self, registry: Path) -> Path:
        """Beside 1.2.0 stands 1.1.0, as the release of last spring left it."""
        manifest = a_block(registry / "versions/spring/app/modules/greetings") / "block.toml"
        manifest.write_text(manifest.read_text().replace("1.2.0", "1.1.0"))
        return registry

    def test_stand_in_the_index_with_their_place(self, blocks: Blocks, with_spring: Path) -> None:
        blocks("build", str(with_spring), at=with_spring)

        entries = json.loads((with_spring / "registry.json").read_bytes())["blocks"]
        assert [(entry["version"], entry.get("folder")) for entry in entries] == [
            ("1.2.0", None),
            ("1.1.0", "versions/spring/app/modules/greetings"),
        ]

    def test_cannot_be_two_of_one_number(self, blocks: Blocks, with_spring: Path) -> None:
        manifest = with_spring / "app/modules/greetings/block.toml"
        manifest.write_text(manifest.read_text().replace("1.2.0", "1.1.0") + "# other\n")

        answer = blocks("build", str(with_spring), at=with_spring)

        assert answer.exit_code == 1
        assert answer.err.startswith("error: `greetings` 1.1.0 is there twice")
