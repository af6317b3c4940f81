"""Where an edit stands that could stand in several places.

Whoever adds a second `return` under a first added either of the two. Such a run of lines slides:
it is shown, and merged, as far down as it goes; but next to a change of the other text if it
passes one, so that what was replaced and what replaces it stay together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class _Run:
    """Changed lines `start:stop` of one text, after `gap` lines that were kept."""

    lines: Sequence[bytes]
    changed: list[bool]
    start: int
    stop: int
    gap: int

    def can_rise(self) -> bool:
        return self.start > 0 and self.lines[self.start - 1] == self.lines[self.stop - 1]

    def can_sink(self) -> bool:
        return self.stop < len(self.lines) and self.lines[self.start] == self.lines[self.stop]

    def rise(self) -> None:
        """One line up. A run that it touches there becomes part of it."""
        self.start, self.stop, self.gap = self.start - 1, self.stop - 1, self.gap - 1
        self.changed[self.start], self.changed[self.stop] = True, False
        while self.start > 0 and self.changed[self.start - 1]:
            self.start -= 1

    def sink(self) -> None:
        """One line down. A run that it touches there becomes part of it."""
        self.changed[self.start], self.changed[self.stop] = False, True
        self.start, self.stop, self.gap = self.start + 1, self.stop + 1, self.gap + 1
        self._reach_down()

    def _reach_down(self) -> None:
        while self.stop < len(self.lines) and self.changed[self.stop]:
            self.stop += 1

    def following(self) -> _Run | None:
        """The next changed lines; `None` where all that follow were kept."""
        try:
            start = self.changed.index(True, self.stop)
        except ValueError:
            return None
        run = _Run(self.lines, self.changed, start, start, self.gap + start - self.stop)
        run._reach_down()
        return run


def settled(lines: Sequence[bytes], changed: Sequence[bool], other: Sequence[bool]) -> list[bool]:
    """`changed` with every run of lines in its place; `other` are the changes of the other text."""
    result = list(changed)
    met = _filled_gaps(other)
    run = _Run(lines, result, 0, 0, 0).following()
    while run is not None:
        _settle(run, met)
        run = run.following()
    return result


def _filled_gaps(changed: Sequence[bool]) -> list[bool]:
    """Whether there are changed lines before the n-th kept line, and after the last."""
    gaps = [False]
    for is_changed in changed:
        if is_changed:
            gaps[-1] = True
        else:
            gaps.append(False)
    return gaps


def _settle(run: _Run, met: Sequence[bool]) -> None:
    size = -1
    meets = False
    while run.stop - run.start != size:
        size = run.stop - run.start
        while run.can_rise():
            run.rise()
        meets = met[run.gap]
        while run.can_sink():
            run.sink()
            meets = meets or met[run.gap]
    while meets and not met[run.gap]:
        run.rise()
