"""A page as a reader goes through it: its code blocks, in order.

What a page says in HTML comments, which no reader sees, steers the run:

    <!-- starts in: a new project with auth -->     anywhere; else it starts in an empty folder
    <!-- not run: it needs Docker -->               before a block
    <!-- before: rm blocks.lock -->                 before a block: typed first, and not shown
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = ROOT / "fastapi_registry" / "example_project"
BLOCKS: Final = PROJECT / "app"

GUIDES: Final = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")))
READMES: Final = (
    BLOCKS / "core" / "README.md",
    *sorted(manifest.with_name("README.md") for manifest in BLOCKS.glob("modules/*/block.toml")),
)
README_OF_A_PROJECT: Final = ROOT / "fastapi_registry" / "templates" / "README.md"
"""What a new project gets, but for its name."""

AGENTS: Final = PROJECT / "AGENTS.md"
"""Its sample is a part of a module, which tests/project/test_own_module.py runs."""

SHOWN: Final = {"text", "mermaid", "diff"}
"""Pictures, and texts that are made up: nobody types them."""

FENCE = re.compile(r"(?P<indent> *)```(?P<language>\w*)$")
STARTS_IN = re.compile(r"<!-- starts in: (.+?) -->")
NOT_RUN = re.compile(r"<!-- not run: (.+?) -->")
BEFORE = re.compile(r"<!-- before: (.+?) -->")
FILE = re.compile(r"(?:#|//) ([\w.-]+(?:/[\w.-]+)*\.\w+|\.env)$")


@dataclass(frozen=True)
class Sample:
    """A fenced block."""

    line: int
    language: str
    text: str
    not_run: str = ""
    """Why, if so."""
    before: str = ""
    """What is typed first, and not shown."""

    @property
    def file(self) -> str | None:
        """The place that its first line names, as in `# app/modules/notes/router.py`."""
        found = FILE.match(self.text.partition("\n")[0])
        return found[1] if found else None


@dataclass(frozen=True)
class Page:
    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def starts_in(self) -> str:
        if found := STARTS_IN.search(self.text):
            return found[1]
        if self.path.is_relative_to(BLOCKS):
            return f"a new project with {self.path.parent.name}"
        if self.path == README_OF_A_PROJECT:
            return "a new project with core"
        return "an empty folder"

    def samples(self) -> Iterator[Sample]:
        lines = enumerate(self.text.splitlines(), 1)
        above = ""
        for number, line in lines:
            if not (fence := FENCE.match(line)):
                above = line if line.strip() else above
                continue
            body = takewhile(lambda it: it[1] != f"{fence['indent']}```", lines)
            text = textwrap.dedent("".join(f"{line}\n" for _, line in body))
            reason, before = (said.fullmatch(above.strip()) for said in (NOT_RUN, BEFORE))
            yield Sample(
                number,
                fence["language"],
                text,
                not_run=reason[1] if reason else "",
                before=before[1] if before else "",
            )
            above = ""


def page(path: Path) -> Page:
    return Page(path, path.read_text("utf-8"))


def pages() -> list[Page]:
    return [page(path) for path in (*GUIDES, README_OF_A_PROJECT, *READMES)]
