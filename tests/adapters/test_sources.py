"""Where blocks come from: the package itself, and folders of either shape."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fastapi_registry.adapters.bundled import EXAMPLE_PROJECT, Bundled
from fastapi_registry.adapters.combined import NoSuchVersion
from fastapi_registry.adapters.folder import NoBlocks, blocks_in
from fastapi_registry.adapters.registries import UnknownRegistry
from fastapi_registry.adapters.sources import wanted
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.source import UnknownBlock

AUTH = EXAMPLE_PROJECT / "app/modules/auth"


def test_a_bundled_block_is_its_folder_byte_for_byte() -> None:
    block = Bundled().load("auth")

    assert block.files.read("modules/auth/router.py") == (AUTH / "router.py").read_bytes()
    assert all(src.startswith("modules/auth/") for src in block.files)
    assert block.source == "bundled"


def test_core_has_what_it_names_beside_its_folder() -> None:
    files = Bundled().load("core").files

    assert {"core/config.py", "clients/database.py", "__main__.py"} <= set(files)
    assert "installed.py" not in files, "the hub is the user's"


def test_what_a_run_leaves_is_no_part_of_a_block() -> None:
    files = [src for name in Bundled().names() for src in Bundled().load(name).files]

    assert [src for src in files if "__pycache__" in src or src.endswith(".pyc")] == []


def test_a_template_stands_for_a_file_of_the_project() -> None:
    project = Bundled().project()

    assert b"{{ name }}" in project.files.read("README.md")
    assert project.files.read("alembic.ini") == (EXAMPLE_PROJECT / "alembic.ini").read_bytes()


def test_project_is_not_offered() -> None:
    assert "project" not in Bundled().names()


def test_an_unknown_block_is_named() -> None:
    with pytest.raises(UnknownBlock, match="there is no block `nothing`"):
        Bundled().load("nothing")


def test_a_block_alone_in_a_folder_is_the_same_block(tmp_path: Path) -> None:
    shutil.copytree(AUTH, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__"))

    alone = blocks_in(tmp_path / "copy", "../copy")

    assert list(alone.names()) == ["auth"]
    assert alone.load("auth").digest == Bundled().load("auth").digest
    assert alone.load("auth").source == "../copy"


def test_a_project_of_blocks_offers_them_all() -> None:
    assert {"auth", "core"} <= set(blocks_in(EXAMPLE_PROJECT, "here").names())


def test_a_folder_without_blocks_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoBlocks):
        blocks_in(tmp_path, "here")


def test_names_and_folders_can_be_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree(AUTH, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "README.md").write_text("mine\n")
    monkeypatch.chdir(tmp_path)

    asked = wanted(["./copy", "core"], tmp_path / "shop")

    assert asked.names == ("auth", "core")
    assert asked.source.load("auth").files.read("modules/auth/README.md") == b"mine\n"
    assert asked.source.load("auth").source == "../copy"
    assert asked.source.load("core").source == "bundled"


def test_a_version_that_is_not_there_is_refused(tmp_path: Path) -> None:
    version = Bundled().manifest("auth").version

    assert wanted([f"auth@{version}"], tmp_path).names == ("auth",)
    with pytest.raises(NoSuchVersion):
        wanted(["auth@99"], tmp_path)


def test_a_misspelt_name_is_answered_with_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        wanted(["auht"], tmp_path)

    assert caught.value.hint.startswith("did you mean `auth`?")


def test_a_registry_without_an_address_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownRegistry) as caught:
        wanted(["@acme/billing"], tmp_path)

    assert "registry add @acme" in caught.value.hint
