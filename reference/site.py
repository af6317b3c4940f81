"""Lay out the pages of the documentation site: the repository's own, at their own paths.

So a link that works where the file stands, works on the site.
"""

from __future__ import annotations

import shutil
from pathlib import Path

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


def lay_out() -> None:
    shutil.rmtree(PAGES, ignore_errors=True)
    for pattern in PUBLISHED:
        for page in ROOT.glob(pattern):
            place = PAGES / page.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(page, place)


if __name__ == "__main__":
    lay_out()
