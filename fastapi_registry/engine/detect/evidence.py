"""Why the tool believes something about a project: a file, a line, a sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Evidence:
    """Where a fact was read. `line` counts from 1."""

    path: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.why}" if self.path else self.why


def line_of(content: str | bytes, offset: int) -> int:
    """The line, from 1, in which `offset` lies."""
    head = content[:offset]
    return 1 + (head.count("\n") if isinstance(head, str) else head.count(b"\n"))
