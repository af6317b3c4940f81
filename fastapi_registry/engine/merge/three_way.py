"""Merges one file: `merge(base, yours, theirs)`."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi_registry.engine.merge.alignment import changed
from fastapi_registry.engine.merge.doubts import doubted
from fastapi_registry.engine.merge.lines import (
    LF,
    Text,
    is_binary,
    joined,
    line_ends,
    split,
    with_line_end,
)
from fastapi_registry.engine.merge.regions import regions
from fastapi_registry.engine.merge.rendering import Labels, Rendering

NOT_A_TEXT = "not a text: one of the two files must be taken as a whole"


@dataclass(frozen=True)
class Merged:
    """`text` has diff3 markers where `hunks`, the same places as text, are left to the user.

    Of what is no text it is theirs as a whole.
    """

    text: bytes
    hunks: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not self.hunks


def merge(
    base: bytes,
    yours: bytes,
    theirs: bytes,
    *,
    labels: Labels | None = None,
    is_python: bool = False,
) -> Merged:
    """`theirs` with your edits. Line ends stay yours; Python must not get worse by it."""
    if yours in (base, theirs):
        return Merged(theirs)
    if theirs == base:
        return Merged(yours)
    if any(map(is_binary, (base, yours, theirs))):
        return Merged(theirs, hunks=(NOT_A_TEXT,))
    return _merged_texts(base, yours, theirs, labels or Labels(), is_python)


def adapted(content: bytes, yours: bytes) -> bytes:
    """`content` with the line ends that `yours` has throughout."""
    found = line_ends(yours)
    if len(found) != 1 or is_binary(content) or is_binary(yours):
        return content
    return with_line_end(content, *found)


def distance(one: bytes, other: bytes) -> int:
    """How many lines an edit from one to the other touches, whatever their ends."""
    one_changed, other_changed = changed(*(split(with_line_end(t, LF)) for t in (one, other)))
    return sum(one_changed) + sum(other_changed)


def _merged_texts(
    base: bytes, yours: bytes, theirs: bytes, labels: Labels, is_python: bool
) -> Merged:
    line_end, contents = _in_your_line_ends(base, yours, theirs)
    old, mine, new = (Text.of(content, line_end) for content in contents)
    merged = regions(old.lines, mine.lines, new.lines)
    parts = doubted(merged, yours, theirs) if is_python else merged
    rendering = Rendering.of(parts, labels, line_end)
    text = joined(
        rendering.lines(parts),
        has_mark=_chosen(old.has_mark, mine.has_mark, new.has_mark),
        is_complete=_chosen(old.is_complete, mine.is_complete, new.is_complete),
    )
    return Merged(text, rendering.hunks(parts))


def _in_your_line_ends(
    base: bytes, yours: bytes, theirs: bytes
) -> tuple[bytes, tuple[bytes, bytes, bytes]]:
    """A line that differs in its end alone is no edit, unless your own lines differ in theirs."""
    found = line_ends(yours) or line_ends(theirs)
    if len(found) != 1:
        return LF, (base, yours, theirs)
    (line_end,) = found
    return line_end, (with_line_end(base, line_end), yours, with_line_end(theirs, line_end))


def _chosen(base: bool, yours: bool, theirs: bool) -> bool:
    """What the side says that changed it."""
    return theirs if yours == base else yours
