"""`registry`, `search`, and blocks from a registry behind HTTP: the real program, a real server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.test_github import archive_of
from tests.cli.conftest import Blocks, a_block, look
from tests.cli.test_update import edit, publish
from tests.registries import Answer, Server, serving

BLOCK = "app/modules/greetings"
ROUTER = f"{BLOCK}/router.py"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FASTAPI_BLOCKS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server(blocks: Blocks, tmp_path: Path) -> Iterator[Server]:
    """It has `greetings` 1.2.0."""
    folder = tmp_path / "registry"
    a_block(folder / BLOCK)
    assert blocks("build", str(folder), at=folder).exit_code == 0
    with serving(folder) as server:
        yield server


@pytest.fixture
def with_acme(blocks: Blocks, shop: Path, server: Server) -> Path:
    """A project that calls the registry `@acme`."""
    assert blocks("registry", "add", "@acme", server.url, at=shop).exit_code == 0
    return shop


@pytest.fixture
def with_greetings(blocks: Blocks, with_acme: Path) -> Path:
    assert blocks("add", "@acme/greetings", "--no-install", at=with_acme).exit_code == 0
    return with_acme


def publish_anew(blocks: Blocks, server: Server) -> None:
    """1.3.0, which mends a weakness; 1.2.0 stays to be had."""
    a_block(server.folder / "versions/1.2.0" / BLOCK)
    publish(server.folder / BLOCK)
    assert blocks("build", str(server.folder), at=server.folder).exit_code == 0


class TestNames:
    def test_are_listed_with_the_variable_of_their_token(
        self, blocks: Blocks, with_acme: Path, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FASTAPI_BLOCKS_TOKEN_ACME", "s3cret")

        answer = blocks("registry", "list", at=with_acme)

        assert answer.out == f"@acme        {server.url}  (FASTAPI_BLOCKS_TOKEN_ACME: set)\n"

    def test_stand_in_the_projects_own_file(self, with_acme: Path, server: Server) -> None:
        text = (with_acme / "pyproject.toml").read_text()

        assert text.endswith(f'\n[tool.fastapi-blocks.registries]\nacme = "{server.url}"\n')

    def test_are_taken_out_again(self, blocks: Blocks, shop: Path) -> None:
        before = (shop / "pyproject.toml").read_bytes()
        blocks("registry", "add", "@acme", "https://blocks.acme.example", at=shop)

        assert blocks("registry", "remove", "@acme", at=shop).exit_code == 0
        assert (shop / "pyproject.toml").read_bytes() == before

    def test_that_blocks_came_from_are_missed(self, blocks: Blocks, with_greetings: Path) -> None:
        said = blocks("registry", "remove", "@acme", at=with_greetings).err

        assert "note: `greetings` came from there, and gets no more updates" in said

    def test_are_rehearsed_like_everything(self, blocks: Blocks, shop: Path) -> None:
        before = look(shop)

        answer = blocks("registry", "add", "@acme", "https://a.example", "--check", at=shop)

        assert answer.exit_code == 4
        assert look(shop) == before

    @pytest.mark.parametrize(
        "arguments",
        [
            ["add", "@acme"],
            ["add", "acme corp", "https://a.example"],
            ["add", "@acme", "http://blocks.acme.example"],
            ["add", "@acme", "https://ada:s3cret@a.example"],
            ["list", "@acme"],
            ["remove"],
        ],
    )
    def test_that_are_none_are_refused(
        self, blocks: Blocks, shop: Path, arguments: list[str]
    ) -> None:
        before = look(shop)

        answer = blocks("registry", *arguments, at=shop)

        assert answer.exit_code == 2
        assert "s3cret" not in answer.err
        assert look(shop) == before


class TestABlockOfARegistry:
    def test_is_added_by_its_name(self, with_greetings: Path, server: Server) -> None:
        lock = (with_greetings / "blocks.lock").read_text()

        assert 'source = "@acme"' in lock
        assert server.url not in lock
        assert (with_greetings / ROUTER).read_bytes() == (server.folder / ROUTER).read_bytes()

    def test_is_added_by_its_address(self, blocks: Blocks, shop: Path, server: Server) -> None:
        answer = blocks("add", f"{server.url}/greetings", "--no-install", at=shop)

        assert answer.exit_code == 0
        assert f'source = "{server.url}"' in (shop / "blocks.lock").read_text()

    def test_is_added_in_an_earlier_version(
        self, blocks: Blocks, with_acme: Path, server: Server
    ) -> None:
        publish_anew(blocks, server)

        answer = blocks("add", "@acme/greetings@1.2", "--no-install", at=with_acme)

        assert answer.err.startswith("Added `greetings` 1.2.0\n")

    def test_that_is_not_there_is_told_with_those_that_are(
        self, blocks: Blocks, with_acme: Path
    ) -> None:
        answer = blocks("add", "@acme/greetings@9", at=with_acme)

        assert answer.exit_code == 2
        assert answer.err == "error: there is no `greetings` 9\nhint: its source has 1.2.0\n"

    def test_is_described(self, blocks: Blocks, with_acme: Path) -> None:
        assert "greetings 1.2.0" in blocks("info", "@acme/greetings", at=with_acme).out

    def test_gets_its_requirements_from_the_tool_first(
        self, blocks: Blocks, with_acme: Path, server: Server
    ) -> None:
        """No registry can slip in an `auth` of its own."""
        a_block(server.folder / "app/modules/auth", "auth")
        manifest = server.folder / BLOCK / "block.toml"
        edit(manifest, '"core >=1.0"', '"core >=1.0", "auth >=1.0"')
        blocks("build", str(server.folder), at=server.folder)

        blocks("add", "@acme/greetings", "--no-install", at=with_acme)

        assert (with_acme / "app/modules/auth/tokens.py").exists()

    def test_that_is_not_what_was_promised_is_refused(
        self, blocks: Blocks, with_acme: Path, server: Server
    ) -> None:
        (server.folder / ROUTER).write_text("import os\n")
        before = look(with_acme)

        answer = blocks("add", "@acme/greetings", "--no-install", at=with_acme)

        assert answer.exit_code == 1
        assert answer.err.startswith("error: `@acme` does not send the `greetings`")
        assert look(with_acme) == before


class TestAnUpdate:
    def test_keeps_your_edits(self, blocks: Blocks, with_greetings: Path, server: Server) -> None:
        edit(with_greetings / ROUTER, '"/greetings"', '"/hello"')
        publish_anew(blocks, server)

        assert "1.2.0 → 1.3.0  (security)" in blocks("outdated", at=with_greetings).out
        assert blocks("update", "--no-install", at=with_greetings).exit_code == 0
        text = (with_greetings / ROUTER).read_text()
        assert '"/hello"' in text
        assert "Good day" in text

    def test_goes_back_by_name(self, blocks: Blocks, with_greetings: Path, server: Server) -> None:
        publish_anew(blocks, server)
        blocks("update", "--no-install", at=with_greetings)

        answer = blocks("update", "greetings@1.2.0", "--no-install", at=with_greetings)

        assert answer.err.startswith("Updated `greetings` 1.2.0\n")

    def test_says_so_where_the_registry_does_not_answer(
        self, blocks: Blocks, with_greetings: Path, server: Server
    ) -> None:
        server.instead = {"/registry.json": Answer(503)}
        before = look(with_greetings)

        answer = blocks("update", at=with_greetings)

        assert answer.exit_code == 0
        assert "note: `@acme` does not answer: this is what it had on 20" in answer.err
        assert look(with_greetings) == before

    def test_is_refused_where_nothing_was_kept_either(
        self, blocks: Blocks, with_greetings: Path, server: Server, cache: Path
    ) -> None:
        server.instead = {"/registry.json": Answer(503)}
        for entry in (cache / "index").iterdir():
            entry.unlink()

        answer = blocks("update", at=with_greetings)

        assert answer.exit_code == 1
        assert answer.err.startswith("error: `@acme` cannot be reached: it answers 503\n")

    def test_does_not_take_a_released_version_that_was_changed(
        self, blocks: Blocks, with_greetings: Path, server: Server
    ) -> None:
        edit(server.folder / ROUTER, "Hello", "Evil")
        blocks("build", str(server.folder), at=server.folder)
        before = look(with_greetings)

        every = blocks("update", at=with_greetings)
        this = blocks("update", "greetings", at=with_greetings)

        told = "`@acme` has changed `greetings` 1.2.0 since you installed it"
        assert (every.exit_code, this.exit_code) == (0, 1)
        assert f"note: {told}: it stays as it is" in every.err
        assert this.err.startswith(f"error: {told}\n")
        assert look(with_greetings) == before

    def test_of_a_registry_without_its_name_leaves_the_block(
        self, blocks: Blocks, with_greetings: Path
    ) -> None:
        blocks("registry", "remove", "@acme", at=with_greetings)

        answer = blocks("update", at=with_greetings)

        assert answer.exit_code == 0
        assert "note: `greetings` is not where it came from" in answer.err


class TestATokenOfTheEnvironment:
    @pytest.fixture(autouse=True)
    def token(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FASTAPI_BLOCKS_TOKEN_ACME", "s3cret")

    def test_goes_to_its_own_registry(
        self, blocks: Blocks, with_greetings: Path, server: Server, tmp_path: Path
    ) -> None:
        assert server.tokens == {"Bearer s3cret"}
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert not any(b"s3cret" in path.read_bytes() for path in files)

    def test_goes_to_no_other(self, blocks: Blocks, shop: Path, server: Server) -> None:
        blocks("registry", "add", "@other", server.url, at=shop)

        blocks("add", "@other/greetings", f"{server.url}/greetings", "--no-install", at=shop)

        assert server.tokens == {None}

    def test_that_is_none_is_not_shown(
        self, blocks: Blocks, with_acme: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FASTAPI_BLOCKS_TOKEN_ACME", "s3cret\nX: y")

        answer = blocks("add", "@acme/greetings", at=with_acme)

        assert answer.exit_code == 2
        assert "FASTAPI_BLOCKS_TOKEN_ACME" in answer.err
        assert "s3cret" not in answer.err


class TestASearch:
    def test_goes_through_all_registries(self, blocks: Blocks, with_greetings: Path) -> None:
        answer = blocks("search", "hello", at=with_greetings)

        assert answer.out == "✓ @acme/greetings  1.2.0    Greetings\n"

    def test_finds_bundled_blocks(self, blocks: Blocks, shop: Path) -> None:
        assert "  auth " in blocks("search", "signing", at=shop).out

    def test_goes_on_where_one_does_not_answer(
        self, blocks: Blocks, with_acme: Path, server: Server
    ) -> None:
        server.instead = {"/registry.json": Answer(503)}

        answer = blocks("search", "signing", "--json", at=with_acme)

        assert answer.exit_code == 0
        assert [block["name"] for block in answer.document["blocks"]] == ["auth"]
        assert list(answer.document["failed"]) == ["@acme"]


class TestARegistryThatDoesNotAnswer:
    """Without a cache there is nothing to know of it."""

    @pytest.fixture
    def silent(self, with_greetings: Path, server: Server, cache: Path) -> Path:
        shutil.rmtree(cache)
        server.instead["/registry.json"] = Answer(503)
        return with_greetings

    def test_hinders_no_look_at_the_others(self, blocks: Blocks, silent: Path) -> None:
        for words in (["status"], ["outdated"], ["diff", "--upstream"]):
            answer = blocks(*words, at=silent)

            assert answer.exit_code == 0
            assert "`@acme` cannot be reached: it answers 503" in answer.err

    @pytest.mark.parametrize("names", [[], ["greetings"]])
    def test_is_no_base_for_an_update(self, blocks: Blocks, silent: Path, names: list[str]) -> None:
        before = look(silent)

        answer = blocks("update", *names, at=silent)

        assert answer.exit_code == 1
        assert "`@acme` cannot be reached" in answer.err
        assert look(silent) == before

    def test_hinders_no_update_of_others(self, blocks: Blocks, silent: Path) -> None:
        answer = blocks("update", "core", at=silent)

        assert answer.exit_code == 0
        assert "`@acme` cannot be reached: it answers 503" in answer.err


def test_status_knows_the_newest_of_each_source(
    blocks: Blocks, with_greetings: Path, server: Server
) -> None:
    publish_anew(blocks, server)

    lines = blocks("status", at=with_greetings).out.splitlines()

    assert "greetings        1.2.0    untouched  (1.3.0 is out)" in lines


class TestGitHub:
    tarball = "/repos/acme/blocks/tarball/main"

    @pytest.fixture
    def repository(self, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("FASTAPI_BLOCKS_GITHUB", server.url)
        a_block(tmp_path / "repository/greetings")
        server.instead[self.tarball] = Answer(200, archive_of(tmp_path / "repository"))
        return tmp_path / "repository"

    def test_updates_come_from_there_too(
        self, blocks: Blocks, shop: Path, server: Server, repository: Path
    ) -> None:
        blocks("add", "github:acme/blocks#main/greetings", "--no-install", at=shop)
        edit(shop / ROUTER, '"/greetings"', '"/hello"')
        publish(repository / "greetings")
        server.instead[self.tarball] = Answer(200, archive_of(repository))

        outdated = blocks("outdated", at=shop)
        updated = blocks("update", "greetings", "--no-install", at=shop)

        text = (shop / ROUTER).read_text()
        assert outdated.out.startswith("greetings        1.2.0 → 1.3.0  (security)")
        assert updated.err.startswith("Updated `greetings` 1.3.0")
        assert 'source = "github:acme/blocks#main"' in (shop / "blocks.lock").read_text()
        assert "Good day" in text
        assert '"/hello"' in text
