"""The documents do not lie: what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reference.__main__ import pages

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "fastapi_registry" / "example_project"
GUIDES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")]
DRAWN = re.compile(r"^(?P<indent>(?:[│├└─ ]{4})*)(?P<name>[\w.]+/?)(?:  .*)?$")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(guide: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", guide.read_text("utf-8"))

    assert [link for link in links if not (guide.parent / link).exists()] == []


def test_the_list_of_decisions_is_whole() -> None:
    decisions = ROOT / "docs" / "decisions"
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (decisions / "README.md").read_text("utf-8"))

    assert sorted(listed) == sorted(path.name for path in decisions.glob("0*.md"))


def test_the_architecture_draws_what_is_there() -> None:
    """Each line of the tree is a path: its indentation says below what."""
    drawing = (ROOT / "ARCHITECTURE.md").read_text("utf-8").split("```")[3]

    missing, above = [], [ROOT]
    for line in drawing.strip().splitlines():
        drawn = DRAWN.match(line)
        assert drawn, line
        depth = len(drawn["indent"]) // 4
        place = above[depth] / drawn["name"]
        above[depth + 1 :] = [place]
        if not place.exists():
            missing.append(place)

    assert missing == []


def test_every_test_that_the_invariants_name_exists() -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/.]+)`", architecture)

    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_requirement_that_a_test_is_named_after_has_its_row() -> None:
    page = (ROOT / "docs" / "security-requirements.md").read_text("utf-8")
    rows = re.findall(r"^\| R(\d+) \|", page, re.MULTILINE)
    tests = [*(ROOT / "tests").rglob("test_*.py"), *EXAMPLE.rglob("test_*.py")]
    named = {
        number
        for path in tests
        for number in re.findall(r"def test_r(\d+)_", path.read_text("utf-8"))
    }

    assert rows == [str(number) for number in range(1, len(rows) + 1)]
    assert named
    assert named - {*rows} == set()


def test_every_line_of_the_plan_has_an_answer_that_exists() -> None:
    """The line about all imports is answered by the six below it."""
    table = (ROOT / "docs" / "plan.md").read_text("utf-8").splitlines()
    lines = [line for line in table if line.startswith("| ") and "| line of" not in line]

    named = {line: [*re.findall(r"`([\w./-]+\.\w+|Makefile)`", line)] for line in lines}
    unanswered = [line for line in lines if not named[line] and not line.startswith("| 2.4")]
    places = [place for line in lines for place in named[line] if "/" in place]

    assert unanswered == []
    assert [p for p in places if not ((ROOT / p).exists() or (EXAMPLE / p).exists())] == []


def test_the_reference_is_what_the_code_says() -> None:
    """`make reference` writes it anew."""
    assert {path: path.read_text("utf-8") for path in pages()} == pages()


def test_no_list_of_commands_is_cut() -> None:
    """Click cuts a first sentence that is too long for its line, and says so with three dots."""
    assert [
        line
        for page in (ROOT / "docs" / "reference").glob("*.md")
        for line in page.read_text("utf-8").splitlines()
        if line.endswith("...") and not line.startswith("Usage:")
    ] == []
