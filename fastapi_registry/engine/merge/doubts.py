"""Which regions of a merged Python module should be looked at, though no line of them clashes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate

from fastapi_registry.engine.merge.definitions import is_newly_broken, new_duplicates
from fastapi_registry.engine.merge.regions import Region


def doubted(parts: Sequence[Region], yours: bytes, theirs: bytes) -> Sequence[Region]:
    """`parts`, where what `theirs` brings is a conflict if it spoils the module."""
    merged = b"".join(line for part in parts for line in part.lines)
    if duplicates := new_duplicates(merged, yours, theirs):
        names = ", ".join(sorted({f"`{duplicate.name}`" for duplicate in duplicates}))
        rows = {duplicate.row for duplicate in duplicates}
        return _reopened(parts, rows, f"would define {names} twice")
    is_clean = not any(part.is_conflict for part in parts)
    if is_clean and is_newly_broken(merged, yours, theirs):
        return _reopened(parts, (), "would be a syntax error")
    return parts


def _reopened(parts: Sequence[Region], rows: Collection[int], why: str) -> list[Region]:
    """What comes from `theirs` at these rows of the merged text; all of it if it is none there."""
    spans = zip(parts, _spans(parts), strict=True)
    culprits = {
        place
        for place, (part, span) in enumerate(spans)
        if part.takes_theirs and any(row in span for row in rows)
    }
    return [
        part.doubted(why) if part.takes_theirs and place in (culprits or {place}) else part
        for place, part in enumerate(parts)
    ]


def _spans(parts: Sequence[Region]) -> Iterator[range]:
    """The rows of the merged text that each region fills."""
    stops = accumulate(len(part.lines) for part in parts)
    return (range(stop - len(part.lines), stop) for part, stop in zip(parts, stops, strict=True))
