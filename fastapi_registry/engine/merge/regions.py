"""Base, yours and theirs side by side, cut where all three agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
    places = zip(kept(base, yours), kept(base, theirs), strict=True)
    for place, (your_place, their_place) in enumerate(places):
        if your_place is None or their_place is None:
            continue
        yield Region(
            base[base_start:place], yours[your_start:your_place], theirs[their_start:their_place]
        )
        base_start, your_start, their_start = place + 1, your_place + 1, their_place + 1
        yield Region(
            base[place:base_start], yours[your_place:your_start], theirs[their_place:their_start]
        )
    yield Region(base[base_start:], yours[your_start:], theirs[their_start:])
