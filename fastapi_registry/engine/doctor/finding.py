"""What is wrong, and what to do about it: a command to run, or lines to paste."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Shell:
    """A command, for the project's folder."""

    command: str


@dataclass(frozen=True)
class Paste:
    """`lines`, so that the first of them becomes line `line` of the file `path`.

    They take the place of as many lines as `replaced` says. Several pastes into one file
    are done in their order.
    """

    path: str
    line: int
    lines: tuple[str, ...]
    replaced: int = 0


Remedy: TypeAlias = Shell | Paste


@dataclass(frozen=True)
class Finding:
    """`kind` is a word for programs, `what` a sentence for people."""

    kind: str
    what: str
    remedies: tuple[Remedy, ...] = ()


def pastes(path: str, before: bytes, after: bytes) -> tuple[Paste, ...]:
    """How a person turns `before` into `after`."""
    from difflib import SequenceMatcher  # other commands find things, too, and need not compare

    old, new = _lines(before), _lines(after)
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(
        Paste(path, start + 1, tuple(new[start:end]), old_end - old_start)
        for kind, old_start, old_end, start, end in blocks
        if kind != "equal"
    )


def _lines(source: bytes) -> list[str]:
    return source.decode("utf-8", "replace").splitlines()
