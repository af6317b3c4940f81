"""Lay out the pages of the documentation site: the repository's own, at their own paths.

So a link that works where the file stands, works on the site. Only Mermaid's diagrams are drawn
here: what draws them on GitHub would be a script from elsewhere.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from reference.sequence import CannotDraw
from reference.sequence_picture import drawn

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "build" / "pages"
PUBLISHED = (
    "*.md",
    "LICENSE",
    "benchmarks/*.md",
    "docs/**/*.md",
    "docs/pictures/*.svg",
    "docs/site.css",
    "fastapi_registry/example_project/app/**/*.md",
)
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def lay_out() -> None:
    shutil.rmtree(PAGES, ignore_errors=True)
    for page in published():
        place = PAGES / page.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        if page.suffix == ".md":
            name = page.relative_to(ROOT).as_posix()
            place.write_text(with_pictures(page.read_text("utf-8"), name), "utf-8")
        else:
            shutil.copyfile(page, place)


def published() -> Iterator[Path]:
    for pattern in PUBLISHED:
        yield from ROOT.glob(pattern)


def with_pictures(page: str, name: str) -> str:
    """Raises `SystemExit` with the line of the page that cannot be drawn."""

    def picture(found: re.Match[str]) -> str:
        line = page.count("\n", 0, found.start()) + 1
        try:
            return f'<div class="sequence">{drawn(found[1], f"sequence-{line}")}</div>'
        except CannotDraw as error:
            raise SystemExit(f"error: {name}:{line + error.line}: {error}") from error

    return DIAGRAM.sub(picture, page)


if __name__ == "__main__":
    lay_out()
