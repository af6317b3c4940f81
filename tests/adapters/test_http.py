"""A registry behind HTTP, honest or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fastapi_registry.adapters.cache import Cache
from fastapi_registry.adapters.download import (
    RedirectedElsewhere,
    Refused,
    Remote,
    TooLarge,
    Unreachable,
)
from fastapi_registry.adapters.folder import blocks_in, published_in
from fastapi_registry.adapters.http import PlainFiles
from fastapi_registry.adapters.limits import Limits
from fastapi_registry.adapters.registry import Registry, RegistryLies
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.index import index_of
from fastapi_registry.engine.source import UnknownBlock
from tests.cli.conftest import a_block
from tests.registries import Answer, Server, serving

ROUTER = "/app/modules/greetings/router.py"
IMPATIENT = Limits(read_seconds=0.3, file_seconds=0.5, index_bytes=100_000, file_bytes=10_000)

Open = Callable[..., Registry]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A registry with `greetings` 1.2.0, and 1.1.0 as an earlier release left it."""
    current = tmp_path / "registry/app/modules/greetings"
    earlier = tmp_path / "registry/versions/spring/app/modules/greetings"
    manifest = a_block(earlier) / "block.toml"
    manifest.write_text(manifest.read_text().replace("1.2.0", "1.1.0"))
    a_block(current)
    build(tmp_path / "registry")
    return tmp_path / "registry"


def build(folder: Path) -> None:
    (folder / "registry.json").write_bytes(index_of(published_in(folder)))


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    with serving(folder) as server:
        yield server


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def opened(server: Server, cache: Cache) -> Open:
    def opened(token: str = "") -> Registry:
        return Registry(PlainFiles(Remote(server.url, "@acme", token, IMPATIENT), cache))

    return opened


def test_a_block_is_the_very_one_of_the_folder(opened: Open, folder: Path) -> None:
    block = opened().load("greetings")

    assert block.digest == blocks_in(folder, "there").load("greetings").digest
    assert block.source == "@acme"


def test_an_earlier_version_can_be_had(opened: Open) -> None:
    registry = opened()

    registry.choose("greetings", "1.1.0")

    assert registry.versions("greetings") == ["1.2.0", "1.1.0"]
    assert registry.manifest("greetings").version == "1.1.0"
    assert registry.load("greetings").version == "1.1.0"


def test_the_folder_of_one_block_is_a_registry_too(tmp_path: Path, cache: Cache) -> None:
    alone = a_block(tmp_path / "alone")
    build(alone)
    build(alone)  # its own index is no part of the block

    with serving(alone) as server:
        block = Registry(PlainFiles(Remote(server.url, "@acme"), cache)).load("greetings")

    assert block.digest == blocks_in(alone, "").load("greetings").digest


def test_what_it_does_not_have_is_named(opened: Open) -> None:
    with pytest.raises(UnknownBlock, match="there is no block `nothing`"):
        opened().load("nothing")


class TestTheCache:
    def test_an_unchanged_index_is_not_sent_again(self, opened: Open, server: Server) -> None:
        opened().names()

        assert list(opened().names()) == ["greetings"]
        assert server.statuses == [200, 304]

    def test_files_are_fetched_once(self, opened: Open, server: Server) -> None:
        opened().load("greetings")

        opened().load("greetings")

        assert server.paths.count(ROUTER) == 1

    def test_serves_while_the_registry_does_not_answer(self, opened: Open, server: Server) -> None:
        opened().load("greetings")
        server.instead = {"/registry.json": Answer(503)}
        offline = opened()

        assert offline.load("greetings").version == "1.2.0"
        assert offline.notes[0].startswith("`@acme` does not answer: this is what it had on 20")

    def test_a_damaged_entry_is_fetched_again(
        self, opened: Open, server: Server, tmp_path: Path
    ) -> None:
        opened().load("greetings")
        for entry in (tmp_path / "cache/content").iterdir():
            entry.write_bytes(b"damaged")

        assert opened().load("greetings").version == "1.2.0"
        assert server.statuses.count(304) == 0
        assert server.paths.count(ROUTER) == 2

    def test_one_that_cannot_be_written_is_no_hindrance(
        self, server: Server, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_bytes(b"")
        registry = Registry(PlainFiles(Remote(server.url, "@acme"), Cache(tmp_path / "file")))

        assert registry.load("greetings").version == "1.2.0"

    def test_an_index_that_cannot_be_read_is_not_kept(self, opened: Open, server: Server) -> None:
        server.instead = {"/registry.json": Answer(200, b"[]", {"ETag": '"bad"'})}
        with pytest.raises(RegistryError):
            opened().names()
        server.instead = {}

        assert list(opened().names()) == ["greetings"]


class TestARegistryThatLies:
    def test_about_a_file(self, opened: Open, server: Server) -> None:
        server.instead = {ROUTER: Answer(200, b"import os\n")}

        with pytest.raises(RegistryLies, match=r"router\.py` has another digest"):
            opened().load("greetings")

    def test_about_the_whole(self, opened: Open, folder: Path) -> None:
        change_index(folder, lambda entry: entry.update(digest="0" * 64))

        with pytest.raises(RegistryLies, match="not those of its digest"):
            opened().load("greetings")

    def test_about_what_the_block_needs(self, opened: Open, folder: Path) -> None:
        change_index(folder, lambda entry: entry.update(python=[]))

        with pytest.raises(RegistryLies, match=r"its block\.toml says something else"):
            opened().load("greetings")

    def test_about_the_length(self, opened: Open, server: Server, folder: Path) -> None:
        half = (folder / ROUTER.lstrip("/")).read_bytes()[:20]
        server.instead = {ROUTER: Answer(200, half, announced=200)}

        with pytest.raises(Unreachable):
            opened().load("greetings")

    @pytest.mark.parametrize("src", ["../../evil.py", "/etc/passwd", "a/.git/hooks/x", "c:x"])
    def test_with_a_path_that_leads_outside(self, opened: Open, folder: Path, src: str) -> None:
        change_index(folder, lambda entry: entry["files"][0].update(src=src))

        with pytest.raises(RegistryError):
            opened().names()

    @pytest.mark.parametrize("name", ["../../../x", "0" * 63, "A" * 64])
    def test_with_a_digest_that_is_none(self, opened: Open, folder: Path, name: str) -> None:
        change_index(folder, lambda entry: entry["files"][0].update(sha256=name))

        with pytest.raises(RegistryError, match="is not a SHA-256"):
            opened().names()

    def test_with_an_index_of_many_brackets(self, opened: Open, server: Server) -> None:
        server.instead = {"/registry.json": Answer(200, b"[" * 90_000)}

        with pytest.raises(RegistryError, match="cannot be read"):
            opened().names()


class TestARegistryThatOverdoes:
    def test_its_index(self, opened: Open, server: Server) -> None:
        server.instead = {"/registry.json": Answer(200, b" " * 100_001)}

        with pytest.raises(TooLarge):
            opened().names()

    def test_a_file(self, opened: Open, server: Server) -> None:
        server.instead = {ROUTER: Answer(200, b" " * 10_001)}

        with pytest.raises(TooLarge):
            opened().load("greetings")

    def test_the_sum_of_its_files(self, opened: Open, folder: Path) -> None:
        change_index(folder, lambda entry: entry["files"][0].update(size=1 << 40))

        with pytest.raises(TooLarge):
            opened().load("greetings")

    def test_its_pauses(self, opened: Open, server: Server) -> None:
        server.instead = {"/registry.json": Answer(200, b"{}", pause_seconds=0.6)}

        with pytest.raises(Unreachable, match="timed out"):
            opened().names()

    def test_a_byte_now_and_then(self, opened: Open, server: Server) -> None:
        server.instead = {"/registry.json": Answer(200, b"{}" * 50, pause_seconds=0.1)}

        with pytest.raises(Unreachable, match="too slow"):
            opened().names()

    def test_its_compression(self, opened: Open, server: Server) -> None:
        server.instead = {"/registry.json": Answer(200, b"", {"Content-Encoding": "gzip"})}

        with pytest.raises(Unreachable, match="compresses"):
            opened().names()


class TestWhereItLeads:
    def test_is_followed_on_the_same_origin(self, opened: Open, server: Server) -> None:
        moved = "/new/router.py"
        server.instead = {
            ROUTER: Answer(302, headers={"Location": moved}),
            moved: Answer(200, (server.folder / ROUTER.lstrip("/")).read_bytes()),
        }

        assert opened().load("greetings").version == "1.2.0"

    def test_is_not_followed_elsewhere(self, opened: Open, server: Server, tmp_path: Path) -> None:
        with serving(tmp_path) as other:
            location = f"{other.url}/registry.json?token=other"
            server.instead = {"/registry.json": Answer(302, headers={"Location": location})}

            with pytest.raises(RedirectedElsewhere) as caught:
                opened("s3cret").names()

        assert other.asked == []
        assert "token=other" not in caught.value.message

    def test_in_a_circle_ends(self, opened: Open, server: Server) -> None:
        circle = Answer(302, headers={"Location": "/registry.json"})
        server.instead = {"/registry.json": circle}

        with pytest.raises(Unreachable, match="in a circle"):
            opened().names()


class TestTheToken:
    def test_goes_with_each_request(self, opened: Open, server: Server) -> None:
        opened("s3cret").load("greetings")

        assert server.tokens == {"Bearer s3cret"}

    def test_is_in_no_file_of_the_cache(self, opened: Open, tmp_path: Path) -> None:
        opened("s3cret").load("greetings")

        files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
        assert files
        assert not any(b"s3cret" in path.read_bytes() for path in files)

    def test_that_is_missing_is_told(self, opened: Open, server: Server) -> None:
        server.instead = {"/registry.json": Answer(401)}

        with pytest.raises(Refused) as caught:
            opened().names()

        assert caught.value.hint.startswith("the token for `@acme` is missing")

    def test_that_is_wrong_is_not_repeated(self, opened: Open, server: Server) -> None:
        server.instead = {"/registry.json": Answer(403)}

        with pytest.raises(Refused) as caught:
            opened("s3cret").names()

        assert "s3cret" not in f"{caught.value.message}{caught.value.hint}"


def change_index(folder: Path, change: Callable[[Any], object]) -> None:
    """Lie about the newest `greetings`."""
    place = folder / "registry.json"
    index = json.loads(place.read_bytes())
    change(index["blocks"][0])
    place.write_text(json.dumps(index))
