"""Mermaid's sequence diagrams, drawn for the site without Mermaid."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from reference.sequence import CannotDraw
from reference.sequence_picture import CHARACTER, FONT, WIDTH, drawn
from reference.site import DIAGRAM, ROOT, published, with_pictures

SVG = "{http://www.w3.org/2000/svg}"
EVERYTHING = """\
sequenceDiagram
    participant A as Ada
    participant B as Bank & Co
    participant V as Vault
    A->>B: pay <10>, and tell me in many words when it is done
    B->>B: is she known?
    V->>V: lock
    loop every minute
        opt it is night
            B->>V: open
        end
    end
    alt there is enough
        V-->>B: 10
        Note over A,B: nobody else hears
    else
        B-->>A: no
    end
"""
DIAGRAMS = [
    EVERYTHING,
    *(
        diagram
        for page in published()
        if page.suffix == ".md"
        for diagram in DIAGRAM.findall(page.read_text("utf-8"))
    ),
]
ALL = pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda it: it.splitlines()[-2].strip())


def test_a_picture_has_what_its_text_says() -> None:
    picture = ElementTree.fromstring(drawn(EVERYTHING, "it"))

    texts = [text.text for text in picture.iter(f"{SVG}text")]
    dashed = [path for path in picture.iter(f"{SVG}path") if path.get("stroke-dasharray")]
    assert texts.count("Ada") == texts.count("Bank & Co") == texts.count("Vault") == 2
    assert {"pay <10>, and tell me in many words", "[every minute]", "nobody else hears"} <= {
        *texts
    }
    assert len(dashed) == 3, "two answers, and the line before `else`"


def test_who_cannot_see_it_is_told_the_steps() -> None:
    picture = ElementTree.fromstring(drawn(EVERYTHING, "it"))

    assert picture.get("aria-labelledby") == "it-title it-steps"
    assert picture.findtext(f"{SVG}title") == "Ada · Bank & Co · Vault"
    assert picture.findtext(f"{SVG}desc") == (
        "Ada to Bank & Co: pay <10>, and tell me in many words when it is done."
        " Bank & Co: is she known?"
        " Vault: lock."
        " Loop, every minute: If it is night: Bank & Co to Vault: open."
        " End. End."
        " If there is enough: Vault answers Bank & Co: 10. Note: nobody else hears."
        " Otherwise: Bank & Co answers Ada: no. End."
    )


@ALL
def test_no_text_touches_another_or_leaves_the_picture(diagram: str) -> None:
    picture = ElementTree.fromstring(drawn(diagram, "it"))

    height = float((picture.get("viewBox") or "").split()[3])
    places = [place(text) for text in picture.iter(f"{SVG}text")]
    assert [(a, b) for a, b in combinations(places, 2) if overlap(a, b)] == []
    assert all(left >= 0 and right <= WIDTH for left, _, right, _ in places)
    assert all(top >= 0 and bottom <= height for _, top, _, bottom in places)


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("A->>C: who is that?", 3),
        ("A-)B: a kind of arrow that is not known", 3),
        ("activate A", 3),
        ("else", 3),
        ("end", 3),
        ("loop for ever", 3),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(statement: str, line: int) -> None:
    with pytest.raises(CannotDraw, match=re.escape(statement)) as refused:
        drawn(f"sequenceDiagram\nparticipant A as Ada\n{statement}\n", "it")

    assert refused.value.line == line


def test_the_site_is_not_built_with_a_diagram_of_another_kind() -> None:
    page = "# A page\n\n```mermaid\nflowchart LR\n```\n"

    with pytest.raises(SystemExit, match=r"error: docs/a\.md:4: cannot draw `flowchart LR`"):
        with_pictures(page, "docs/a.md")


def test_every_diagram_of_the_site_is_drawn() -> None:
    pages = [page for page in published() if page.suffix == ".md"]

    assert len(DIAGRAMS) > 1
    for page in pages:
        name = page.relative_to(ROOT).as_posix()
        assert "```mermaid" not in with_pictures(page.read_text("utf-8"), name), name


Place = tuple[float, float, float, float]


def place(text: ElementTree.Element) -> Place:
    """Left, top, right and bottom, by the width that a character is given."""
    x, base = float(text.get("x", 0)), float(text.get("y", 0))
    width = len(text.text or "") * CHARACTER
    left = x - {"middle": width / 2, "end": width}.get(text.get("text-anchor", ""), 0)
    return left, base - FONT, left + width, base + FONT / 4


def overlap(one: Place, other: Place) -> bool:
    left, top, right, bottom = one
    return left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
