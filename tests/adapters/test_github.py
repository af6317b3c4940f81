"""Blocks in a repository on GitHub, which a server on this machine plays."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from fastapi_registry.adapters.cache import Cache
from fastapi_registry.adapters.download import (
    Download,
    RedirectedElsewhere,
    Remote,
    TooLarge,
    Unreachable,
)
from fastapi_registry.adapters.folder import blocks_in, published_in
from fastapi_registry.adapters.github import NoBlocksThere, Repository
from fastapi_registry.adapters.registry import Registry, RegistryLies
from fastapi_registry.adapters.sources import SeveralBlocks, wanted
from fastapi_registry.engine.errors import RegistryError, UnsafePath
from fastapi_registry.engine.index import index_of
from fastapi_registry.engine.reference import GitHub
from tests.cli.conftest import a_block
from tests.registries import Answer, Server, serving

PLACE = "/repos/acme/blocks/tarball"
REFERENCE = GitHub("acme", "blocks")

Open = Callable[..., Registry]


def archive(files: Mapping[str, bytes]) -> bytes:
    """As GitHub packs a commit: everything is in one folder, called by the commit."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as members:
        for path, content in files.items():
            member = tarfile.TarInfo(f"acme-blocks-4f2a/{path}")
            member.size = len(content)
            members.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def archive_of(folder: Path) -> bytes:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return archive({path.relative_to(folder).as_posix(): path.read_bytes() for path in files})


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("FASTAPI_BLOCKS_CACHE", str(tmp_path / "cache"))
    with serving(tmp_path / "nothing") as server:
        monkeypatch.setenv("FASTAPI_BLOCKS_GITHUB", server.url)
        yield server


@pytest.fixture
def folder(tmp_path: Path, server: Server) -> Path:
    """A repository with the folder of one block, and what repositories have besides."""
    a_block(tmp_path / "repository/blocks/greetings")
    (tmp_path / "repository/README.md").write_text("# Blocks of ours\n")
    server.instead[PLACE] = Answer(200, archive_of(tmp_path / "repository"))
    return tmp_path / "repository"


def opened(tmp_path: Path, reference: GitHub = REFERENCE, token: str = "") -> Registry:
    return Registry(Repository(reference, token, Cache(tmp_path / "cache")))


def test_a_block_is_the_very_one_of_its_folder(tmp_path: Path, folder: Path) -> None:
    block = opened(tmp_path).load("greetings")

    beside = blocks_in(folder / "blocks/greetings", "there").load("greetings")
    assert block.digest == beside.digest
    assert block.source == "github:acme/blocks"


def test_a_registry_in_a_repository_has_its_earlier_versions(
    tmp_path: Path, server: Server
) -> None:
    registry = tmp_path / "registry"
    manifest = a_block(registry / "versions/spring/app/modules/greetings") / "block.toml"
    manifest.write_text(manifest.read_text().replace("1.2.0", "1.1.0"))
    a_block(registry / "app/modules/greetings")
    (registry / "registry.json").write_bytes(index_of(published_in(registry)))
    server.instead[PLACE] = Answer(200, archive_of(registry))

    assert opened(tmp_path).versions("greetings") == ["1.2.0", "1.1.0"]
    assert opened(tmp_path).load("greetings").version == "1.2.0"


def test_an_index_that_lies_is_found_out(tmp_path: Path, server: Server) -> None:
    registry = tmp_path / "registry"
    block = a_block(registry / "app/modules/greetings")
    (registry / "registry.json").write_bytes(index_of(published_in(registry)))
    (block / "router.py").write_text("import os\n")
    server.instead[PLACE] = Answer(200, archive_of(registry))

    with pytest.raises(RegistryLies):
        opened(tmp_path).load("greetings")


def test_a_branch_or_a_tag_is_asked_for_by_name(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(RegistryError, match="answers 404"):
        opened(tmp_path, GitHub("acme", "blocks", "v1")).names()


def test_without_the_network_it_is_what_it_was(
    tmp_path: Path, folder: Path, server: Server
) -> None:
    opened(tmp_path).load("greetings")
    server.instead[PLACE] = Answer(503)

    registry = opened(tmp_path)

    assert registry.load("greetings").version == "1.2.0"
    assert "does not answer" in registry.notes[0]


def test_nothing_is_read_beyond_what_was_agreed(tmp_path: Path, server: Server) -> None:
    bomb = archive({"zeros": bytes(300 << 20)})
    server.instead[PLACE] = Answer(200, bomb)

    with pytest.raises(TooLarge):
        opened(tmp_path).names()


@pytest.mark.parametrize("content", [b"", b"<html>", archive({"a": b"a" * 5000})[:-40]])
def test_half_an_archive_is_none(tmp_path: Path, server: Server, content: bytes) -> None:
    server.instead[PLACE] = Answer(200, content)

    with pytest.raises((Unreachable, NoBlocksThere)):
        opened(tmp_path).names()


def test_a_path_that_leads_elsewhere_leads_nowhere(tmp_path: Path, server: Server) -> None:
    block = {
        f"greetings/{path.name}": path.read_bytes() for path in a_block(tmp_path / "b").iterdir()
    }
    server.instead[PLACE] = Answer(200, archive({**block, "greetings/../../evil.py": b"evil"}))

    with pytest.raises(UnsafePath):
        opened(tmp_path).load("greetings")


def test_a_repository_without_blocks_says_what_it_needs(tmp_path: Path, server: Server) -> None:
    server.instead[PLACE] = Answer(200, archive({"README.md": b"# Nothing here\n"}))

    with pytest.raises(NoBlocksThere) as caught:
        opened(tmp_path).names()

    assert "block.toml" in caught.value.hint


class TestToken:
    def test_goes_to_github(
        self, tmp_path: Path, folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FASTAPI_BLOCKS_GITHUB_TOKEN", "s3cret")

        wanted(["github:acme/blocks"], tmp_path)

        assert server.tokens == {"Bearer s3cret"}

    def test_goes_no_further_than_that(self, server: Server, tmp_path: Path) -> None:
        (tmp_path / "files").mkdir()
        (tmp_path / "files/archive").write_bytes(b"content")
        with serving(tmp_path / "files") as downloads:
            server.instead["/a"] = Answer(302, headers={"Location": f"{downloads.url}/archive"})
            known = Remote(server.url, "github:a/b", "s3cret", sends_on_to=downloads.url)
            unknown = Remote(server.url, "github:a/b", "s3cret", sends_on_to="https://a.example")

            with Download(known) as download:
                fetched = download.fetch("a", 100)
            with Download(unknown) as download, pytest.raises(RedirectedElsewhere):
                download.fetch("a", 100)

        assert fetched is not None
        assert fetched.content == b"content"
        assert downloads.tokens == {None}


class TestNames:
    def test_the_only_block_need_not_be_named(self, tmp_path: Path, folder: Path) -> None:
        assert wanted(["github:acme/blocks"], tmp_path).names == ("greetings",)

    def test_one_of_several_must_be(self, tmp_path: Path, folder: Path, server: Server) -> None:
        a_block(folder / "blocks/farewells", "farewells")
        server.instead[PLACE] = Answer(200, archive_of(folder))

        assert wanted(["github:acme/blocks/farewells"], tmp_path).names == ("farewells",)
        with pytest.raises(SeveralBlocks) as caught:
            wanted(["github:acme/blocks"], tmp_path)

        assert caught.value.hint == "name one: `github:acme/blocks/farewells`"
