"""A merge as the lines that are written, with diff3 markers around what is left to the user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from fastapi_registry.engine.merge.lines import LF, split
from fastapi_registry.engine.merge.regions import Region

SIGNS = (b"<", b"|", b"=", b">")

USUAL_LENGTH = 7
"""What editors and git look for. Longer only where a text has such lines of its own."""


@dataclass(frozen=True)
class Labels:
    """How the three texts are called beside the markers."""

    yours: str = "yours"
    base: str = "base"
    theirs: str = "theirs"


@dataclass(frozen=True)
class Rendering:
    labels: Labels
    line_end: bytes
    length: int

    @classmethod
    def of(cls, parts: Sequence[Region], labels: Labels, line_end: bytes) -> Rendering:
        return cls(labels, line_end, _unmistakable_length(parts))

    def lines(self, parts: Sequence[Region]) -> list[bytes]:
        return [line for part in parts for line in self._region(part)]

    def hunks(self, parts: Sequence[Region]) -> tuple[str, ...]:
        """The conflicts alone, as text with plain line ends."""
        return tuple(self._hunk(part) for part in parts if part.is_conflict)

    def _region(self, part: Region) -> Iterator[bytes]:
        return self._conflict(part) if part.is_conflict else iter(part.lines)

    def _conflict(self, part: Region) -> Iterator[bytes]:
        theirs = f"{self.labels.theirs} ({part.doubt})" if part.doubt else self.labels.theirs
        yield self._marker(b"<", self.labels.yours)
        yield from part.yours
        yield self._marker(b"|", self.labels.base)
        yield from part.base
        yield self._marker(b"=")
        yield from part.theirs
        yield self._marker(b">", theirs)

    def _marker(self, sign: bytes, label: str = "") -> bytes:
        return sign * self.length + f" {label}".rstrip().encode() + self.line_end

    def _hunk(self, part: Region) -> str:
        content = b"".join(self._conflict(part))
        return content.replace(self.line_end, LF).decode("utf-8", "replace")


def has_markers(content: bytes) -> bool:
    """Whether a conflict that was written with markers still waits for its decision."""
    starts = {line[:USUAL_LENGTH] for line in split(content)}
    return all(sign * USUAL_LENGTH in starts for sign in SIGNS)


def _unmistakable_length(parts: Sequence[Region]) -> int:
    """Longer than every run of marker signs at the start of a line of the three texts."""
    if not any(part.is_conflict for part in parts):
        return USUAL_LENGTH
    runs = chain.from_iterable(
        map(_run_of_signs, chain(part.base, part.yours, part.theirs)) for part in parts
    )
    longest = max(runs, default=0)
    return USUAL_LENGTH if longest < USUAL_LENGTH else longest + 1


def _run_of_signs(line: bytes) -> int:
    sign = line[:1]
    return len(line) - len(line.lstrip(sign)) if sign in SIGNS else 0
