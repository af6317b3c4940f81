"""Base, yours and theirs side by side, cut where all three agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from fastapi_registry.engine.merge.alignment import kept


@dataclass(frozen=True)
class Region:
    """The same place in three texts. `doubt` says why a region that merges should not."""

    base: Sequence[bytes]
    yours: Sequence[bytes]
    theirs: Sequence[bytes]
    doubt: str = ""

    @property
    def is_conflict(self) -> bool:
        sides_differ = self.yours != self.theirs
        return bool(self.doubt) or (sides_differ and self.base not in (self.yours, self.theirs))

    @property
    def takes_theirs(self) -> bool:
        return self.yours == self.base != self.theirs

    @property
    def lines(self) -> Sequence[bytes]:
        """The merged lines; yours where that is left to you."""
        return self.theirs if self.takes_theirs and not self.doubt else self.yours

    @property
    def is_empty(self) -> bool:
        return not (self.base or self.yours or self.theirs)

    def doubted(self, why: str) -> Region:
        return replace(self, doubt=why)


def regions(base: Sequence[bytes], yours: Sequence[bytes], theirs: Sequence[bytes]) -> list[Region]:
    """Every line of the three texts, in order. Changes that touch each other share a region."""
    return [region for region in _aligned(base, yours, theirs) if not region.is_empty]


def _aligned(
    base: Sequence[bytes], yours: Sequence[bytes], theirs: Sequence[bytes]
) -> Iterator[Region]:
    base_start = your_start = their_start = 0
    for same in _agreed(base, yours, theirs):
        yield Region(
            base[base_start : same.base],
            yours[your_start : same.yours],
            theirs[their_start : same.theirs],
        )
        base_start, your_start, their_start = same.ends
        lines = base[same.base : base_start]
        yield Region(lines, lines, lines)
    yield Region(base[base_start:], yours[your_start:], theirs[their_start:])


class _Stretch(NamedTuple):
    """Lines that nobody changed: where they begin in each text, and how many they are."""

    base: int
    yours: int
    theirs: int
    length: int

    @property
    def ends(self) -> tuple[int, int, int]:
        return self.base + self.length, self.yours + self.length, self.theirs + self.length


def _agreed(
    base: Sequence[bytes], yours: Sequence[bytes], theirs: Sequence[bytes]
) -> Iterator[_Stretch]:
    new_places = enumerate(zip(kept(base, yours), kept(base, theirs), strict=True))
    for offsets, group in groupby(new_places, key=_offsets):
        if offsets is not None:
            first, *others = (place for place, _ in group)
            yours_first, theirs_first = first + offsets[0], first + offsets[1]
            yield _Stretch(first, yours_first, theirs_first, 1 + len(others))


def _offsets(line: tuple[int, tuple[int | None, int | None]]) -> tuple[int, int] | None:
    """How far a line of base has moved in both; `None` where one of them changed it."""
    place, (your_place, their_place) = line
    if your_place is None or their_place is None:
        return None
    return your_place - place, their_place - place
