"""`update`, `outdated`, `diff`: newer versions, and what you made of the old ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Blocks, look
from tests.cli.test_interruptions import at_a_terminal

ROUTER = "app/modules/greetings/router.py"
CHANGELOG = """\
# Changelog

## 1.3.0

### Security

- Greets nobody twice.

## 1.2.0

- First.
"""


@pytest.fixture
def with_greetings(blocks: Blocks, shop: Path, greetings: Path) -> Path:
    """A project with `greetings` 1.2.0; in the folder beside it stands the same version."""
    assert blocks("add", "../greetings", "--no-install", at=shop).exit_code == 0
    return shop


def publish(greetings: Path, *, hello: str = "Good day") -> None:
    """Version 1.3.0: another greeting, and a file more."""
    manifest = greetings / "block.toml"
    manifest.write_text(manifest.read_text().replace("1.2.0", "1.3.0"))
    router = greetings / "router.py"
    router.write_text(router.read_text().replace("Hello", hello))
    (greetings / "words.py").write_text('WORDS = ["hello"]\n')
    (greetings / "CHANGELOG.md").write_text(CHANGELOG)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_there_is_nothing_to_update_at_first(blocks: Blocks, with_greetings: Path) -> None:
    before = look(with_greetings)

    answer = blocks("update", at=with_greetings)

    assert answer.exit_code == 0
    assert answer.err.startswith("Nothing to do: ")
    assert look(with_greetings) == before


def test_tells_what_it_did(blocks: Blocks, with_greetings: Path, greetings: Path) -> None:
    publish(greetings)

    answer = blocks("update", "greetings", at=with_greetings)

    assert answer == Answer(
        0,
        "",
        """\
Updated `greetings` 1.3.0
  + .blocks/base/ (4 files)
  + app/modules/greetings/CHANGELOG.md
  + app/modules/greetings/words.py
  ~ app/modules/greetings/block.toml, app/modules/greetings/router.py, blocks.lock
  - .blocks/base/ (2 files)
""",
    )


def test_keeps_your_edits(blocks: Blocks, with_greetings: Path, greetings: Path) -> None:
    edit(with_greetings / ROUTER, '"/greetings"', '"/hello"')
    publish(greetings)

    answer = blocks("update", at=with_greetings)

    text = (with_greetings / ROUTER).read_text()
    assert answer.exit_code == 0
    assert '"/hello"' in text
    assert "Good day" in text


def test_a_rehearsal_shows_the_merged_lines_and_writes_nothing(
    blocks: Blocks, with_greetings: Path, greetings: Path
) -> None:
    edit(with_greetings / ROUTER, '"/greetings"', '"/hello"')
    publish(greetings)
    before = look(with_greetings)

    answer = blocks("update", "--dry-run", "--diff", at=with_greetings)

    assert '+    return f"Good day, {name}!"' in answer.out
    assert '-router = BlockRouter(prefix="/hello"' not in answer.out
    assert look(with_greetings) == before


def test_check_finds_something_to_do(blocks: Blocks, with_greetings: Path, greetings: Path) -> None:
    publish(greetings)

    assert blocks("update", "--check", at=with_greetings).exit_code == 4


class TestAConflict:
    @pytest.fixture
    def clashing(self, with_greetings: Path, greetings: Path) -> Path:
        edit(with_greetings / ROUTER, "Hello", "Salut")
        publish(greetings)
        return with_greetings

    def test_writes_nothing_without_a_terminal(self, blocks: Blocks, clashing: Path) -> None:
        before = look(clashing)

        answer = blocks("update", "--json", at=clashing)

        (conflict,) = answer.document["conflicts"]
        assert answer.exit_code == 3
        assert answer.document["written"] is False
        assert conflict["path"] == ROUTER
        assert "Salut" in conflict["hunks"][0]
        assert "Good day" in conflict["hunks"][0]
        assert look(clashing) == before

    def test_is_shown_by_a_rehearsal(self, blocks: Blocks, clashing: Path) -> None:
        before = look(clashing)

        answer = blocks("update", "greetings", "--dry-run", "--diff", at=clashing)

        assert answer.exit_code == 3
        assert "+<<<<<<< yours\n" in answer.out
        assert '+    return f"Good day, {name}!"\n' in answer.out
        assert look(clashing) == before

    def test_says_how_to_go_on(self, blocks: Blocks, clashing: Path) -> None:
        said = blocks("update", at=clashing).err

        assert said.startswith("Nothing was changed")
        assert "fastapi-blocks update --conflict markers" in said

    def test_is_marked_when_asked_for_and_finished_by_the_next_update(
        self, blocks: Blocks, clashing: Path
    ) -> None:
        marked = blocks("update", "--conflict", "markers", at=clashing)
        text = (clashing / ROUTER).read_text()
        waiting = blocks("update", at=clashing)
        (clashing / ROUTER).write_text("# decided\n")
        finished = blocks("update", at=clashing)

        assert marked.exit_code == 3
        assert "<<<<<<< yours\n" in text
        assert waiting.exit_code == 3
        assert "still has a conflict" in waiting.err
        assert finished.exit_code == 0
        assert (clashing / ROUTER).read_text() == "# decided\n"
        assert blocks("update", "--check", at=clashing).exit_code == 0

    def test_may_stand_beside_the_file(self, blocks: Blocks, clashing: Path) -> None:
        before = (clashing / ROUTER).read_bytes()

        answer = blocks("update", "--conflict", "sidecar", at=clashing)

        assert answer.exit_code == 3
        assert (clashing / ROUTER).read_bytes() == before
        assert b"Good day" in (clashing / f"{ROUTER}.conflict").read_bytes()

    def test_tells_when_there_was_no_formatter(
        self, blocks: Blocks, clashing: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", "")

        said = blocks("update", at=clashing).err

        assert "no formatter set up" in said


def test_nothing_to_do_is_not_nothing_missing(blocks: Blocks, with_greetings: Path) -> None:
    (with_greetings / ROUTER).unlink()
    before = look(with_greetings)

    answer = blocks("update", at=with_greetings)

    assert answer.exit_code == 0
    assert answer.err.startswith("Nothing to do: ")
    assert answer.err.endswith(
        f"note: `{ROUTER}` was deleted, and stays so: "
        "`fastapi-blocks update greetings --restore` brings that back\n"
    )
    assert look(with_greetings) == before


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("auth", "run `fastapi-blocks add auth`"),
        ("nosuch", "`fastapi-blocks status` lists what is"),
    ],
)
def test_what_is_not_installed_is_added_only_where_there_is_such_a_block(
    blocks: Blocks, shop: Path, name: str, hint: str
) -> None:
    answer = blocks("update", name, at=shop)

    assert answer.exit_code == 2
    assert answer.err.endswith(f"hint: {hint}\n")


def test_a_deleted_file_stays_deleted_until_it_is_restored(
    blocks: Blocks, with_greetings: Path, greetings: Path
) -> None:
    (with_greetings / ROUTER).unlink()
    publish(greetings)

    said = blocks("update", at=with_greetings).err
    was_there = (with_greetings / ROUTER).exists()
    blocks("update", "--restore", at=with_greetings)

    assert "stays deleted; `--restore` brings it back" in said
    assert not was_there
    assert "Good day" in (with_greetings / ROUTER).read_text()


def test_a_reformatted_file_is_no_conflict(
    blocks: Blocks, with_greetings: Path, greetings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    (with_greetings / "ruff.toml").write_text('[format]\nquote-style = "single"\n')
    router = with_greetings / ROUTER
    router.write_text(router.read_text().replace('"', "'").replace("'/greetings'", "'/hello'"))
    publish(greetings)

    answer = blocks("update", at=with_greetings)

    assert answer.exit_code == 0
    assert "return f'Good day, {name}!'" in router.read_text()
    assert "'/hello'" in router.read_text()


class TestRefusals:
    def test_what_is_not_installed(self, blocks: Blocks, shop: Path) -> None:
        answer = blocks("update", "auth", at=shop)

        assert answer.exit_code == 2
        assert "`auth` is not installed" in answer.err

    def test_a_folder_of_which_nothing_is_installed(
        self, blocks: Blocks, shop: Path, greetings: Path
    ) -> None:
        answer = blocks("update", "../greetings", at=shop)

        assert answer.exit_code == 2
        assert "`greetings` is not installed" in answer.err

    def test_a_version_that_nobody_has(self, blocks: Blocks, with_greetings: Path) -> None:
        answer = blocks("update", "greetings@9.9.9", at=with_greetings)

        assert answer.exit_code == 2
        assert "there is no `greetings` 9.9.9" in answer.err

    def test_an_older_version(self, blocks: Blocks, with_greetings: Path, greetings: Path) -> None:
        edit(greetings / "block.toml", "1.2.0", "1.1.0")

        answer = blocks("update", "greetings", at=with_greetings)

        assert answer.exit_code == 2
        assert "only the older 1.1.0 is on offer" in answer.err
        assert blocks("update", "greetings@1.1.0", at=with_greetings).exit_code == 0

    def test_a_source_that_is_gone(
        self, blocks: Blocks, with_greetings: Path, greetings: Path
    ) -> None:
        greetings.rename(greetings.with_name("elsewhere"))

        by_name = blocks("update", "greetings", at=with_greetings)
        all_blocks = blocks("update", at=with_greetings)
        where_it_is = blocks("update", "../elsewhere", at=with_greetings)

        assert by_name.exit_code == 1
        assert "`greetings` came from `../greetings`" in by_name.err
        assert (all_blocks.exit_code, where_it_is.exit_code) == (0, 0)
        assert "stays as it is" in all_blocks.err

    def test_a_damaged_base(self, blocks: Blocks, with_greetings: Path, greetings: Path) -> None:
        edit(with_greetings / ROUTER, '"/greetings"', '"/hello"')
        publish(greetings)
        for base in (with_greetings / ".blocks" / "base").iterdir():
            base.write_bytes(b"damaged")
        before = look(with_greetings)

        answer = blocks("update", "greetings", at=with_greetings)

        assert answer.exit_code == 1
        assert "is missing or damaged" in answer.err
        assert look(with_greetings) == before

    def test_a_folder_without_a_project(self, blocks: Blocks, tmp_path: Path) -> None:
        assert "no project with blocks" in blocks("update", at=tmp_path).err


class TestOutdated:
    def test_is_nothing_at_first(self, blocks: Blocks, with_greetings: Path) -> None:
        answer = blocks("outdated", at=with_greetings)

        assert answer == Answer(0, "", "Every installed block is the newest there is\n")

    def test_tells_the_version_and_the_reason(
        self, blocks: Blocks, with_greetings: Path, greetings: Path
    ) -> None:
        publish(greetings)

        answer = blocks("outdated", at=with_greetings)

        assert (
            answer.out
            == """\
greetings        1.2.0 → 1.3.0  (security)
  1.3.0
    ### Security

    - Greets nobody twice.
"""
        )

    def test_tells_programs_too(
        self, blocks: Blocks, with_greetings: Path, greetings: Path
    ) -> None:
        publish(greetings)

        (block,) = blocks("outdated", "--json", at=with_greetings).document["blocks"]

        assert (block["name"], block["version"], block["newest"]) == (
            "greetings",
            "1.2.0",
            "1.3.0",
        )
        assert block["security"] is True
        assert blocks("outdated", "--check", at=with_greetings).exit_code == 4


class TestDiff:
    def test_is_empty_at_first_and_says_so(self, blocks: Blocks, with_greetings: Path) -> None:
        yours = blocks("diff", at=with_greetings)
        theirs = blocks("diff", "--upstream", at=with_greetings)
        of_both = blocks("diff", "--both", at=with_greetings)

        assert yours == Answer(0, "", "Nothing was edited since it was installed\n")
        assert theirs == Answer(0, "", "No new version changes a file\n")
        assert of_both == Answer(0, "", "No file was changed by both\n")

    def test_shows_your_edits(self, blocks: Blocks, with_greetings: Path) -> None:
        edit(with_greetings / ROUTER, "Hello", "Salut")
        (with_greetings / "app/modules/greetings/README.md").unlink()

        out = blocks("diff", "greetings", at=with_greetings).out

        assert f"--- a/{ROUTER}\n+++ b/{ROUTER}\n" in out
        assert '-    return f"Hello, {name}!"\n+    return f"Salut, {name}!"\n' in out
        assert "--- a/app/modules/greetings/README.md\n+++ /dev/null\n" in out

    def test_shows_what_is_new_upstream_without_your_edits(
        self, blocks: Blocks, with_greetings: Path, greetings: Path
    ) -> None:
        edit(with_greetings / ROUTER, '"/greetings"', '"/hello"')
        publish(greetings)

        out = blocks("diff", "greetings", "--upstream", at=with_greetings).out

        assert '+    return f"Good day, {name}!"\n' in out
        assert "+++ b/app/modules/greetings/words.py\n" in out
        assert "/hello" not in out

    def test_tells_programs_too(self, blocks: Blocks, with_greetings: Path) -> None:
        edit(with_greetings / ROUTER, "Hello", "Salut")

        found = blocks("diff", "greetings", "--json", at=with_greetings).document["blocks"]

        assert [each["name"] for each in found] == ["greetings"]
        assert found[0]["files"][0]["path"] == ROUTER

    def test_shows_where_both_changed_something(
        self, blocks: Blocks, with_greetings: Path, greetings: Path
    ) -> None:
        edit(with_greetings / ROUTER, '"/greetings"', '"/hello"')
        edit(with_greetings / "app/modules/greetings/README.md", "Greetings", "Ours")
        publish(greetings)

        out = blocks("diff", "greetings", "--both", at=with_greetings).out
        ((file,),) = (
            block["files"]
            for block in blocks("diff", "--both", "--json", at=with_greetings).document["blocks"]
            if block["name"] == "greetings"
        )

        yours, theirs = out.split(f"=== {ROUTER}: theirs\n")
        assert yours.startswith(f"=== {ROUTER}: yours\n")
        assert '+router = BlockRouter(prefix="/hello"' in yours
        assert '+    return f"Good day, {name}!"' in theirs
        assert "README" not in out
        assert "/hello" in file["diff"]
        assert "Good day" in file["upstream"]["diff"]

    def test_answers_one_question_at_a_time(self, blocks: Blocks, with_greetings: Path) -> None:
        assert blocks("diff", "--both", "--upstream", at=with_greetings).exit_code == 2

    def test_knows_only_installed_blocks(self, blocks: Blocks, with_greetings: Path) -> None:
        assert blocks("diff", "auth", at=with_greetings).exit_code == 2


def test_at_a_terminal_conflicts_are_marked(with_greetings: Path, greetings: Path) -> None:
    edit(with_greetings / ROUTER, "Hello", "Salut")
    publish(greetings)

    with at_a_terminal("update", "--no-install", at=with_greetings) as terminal:
        terminal.wait_for("Write this?")
        terminal.type("y\n")

        assert terminal.end() == 3

    assert "1 place that both sides changed" in terminal.seen
    assert "<<<<<<< yours\n" in (with_greetings / ROUTER).read_text()


class TestSecurity:
    def test_takes_a_version_that_mends_a_weakness(
        self, blocks: Blocks, with_greetings: Path, greetings: Path
    ) -> None:
        publish(greetings)

        answer = blocks("update", "--security", at=with_greetings)

        assert answer.err.startswith("Updated `greetings` 1.3.0\n")

    def test_leaves_every_other(
        self, blocks: Blocks, with_greetings: Path, greetings: Path
    ) -> None:
        publish(greetings)
        edit(greetings / "CHANGELOG.md", "### Security", "### Changed")
        before = look(with_greetings)

        answer = blocks("update", "--security", at=with_greetings)

        assert answer.exit_code == 0
        assert "note: no newer version says that it mends a weakness" in answer.err
        assert look(with_greetings) == before

    def test_does_not_care_for_what_is_mended_already(
        self, blocks: Blocks, with_greetings: Path, greetings: Path
    ) -> None:
        publish(greetings)
        blocks("update", "--no-install", at=with_greetings)

        assert blocks("update", "--security", "--check", at=with_greetings).exit_code == 0


class TestMv:
    def test_says_where_a_file_is_that_was_moved_and_edited(
        self, blocks: Blocks, with_greetings: Path, greetings: Path
    ) -> None:
        edit(with_greetings / ROUTER, '"/greetings"', '"/hello"')
        (with_greetings / ROUTER).rename(with_greetings / "app/greeting.py")
        publish(greetings)

        answer = blocks(
            "mv", "modules/greetings/router.py", "greeting.py", at=with_greetings / "app"
        )
        blocks("update", at=with_greetings)

        text = (with_greetings / "app/greeting.py").read_text()
        assert answer.err.startswith("  ~ blocks.lock\n  note: imports of it are not changed")
        assert '"/hello"' in text
        assert "Good day" in text

    def test_refuses_a_place_outside(self, blocks: Blocks, with_greetings: Path) -> None:
        answer = blocks("mv", ROUTER, "../router.py", at=with_greetings)

        assert answer.exit_code == 1
        assert (with_greetings / ROUTER).exists()
