"""What the files that name distributions have in common, whatever their format."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from fastapi_registry.engine.dependency import (
    Dependency,
    Mention,
    canonical,
    canonical_of,
    mention,
)
from fastapi_registry.engine.edits.lines import splice


class Listed(NamedTuple):
    """One requirement of the file: its text, and the place of that text."""

    text: str
    start: int
    end: int

    @property
    def mention(self) -> Mention | None:
        return mention(self.text)

    @property
    def canonical(self) -> str:
        """The distribution's name; "" where the text begins with none."""
        return canonical_of(self.text)


class DependencyList(Protocol):
    """A file format. All raise `CannotEdit` where they are not sure."""

    def listed(self, source: bytes) -> tuple[Listed, ...]: ...

    def insert(self, source: bytes, index: int, text: str) -> bytes:
        """`text` as the requirement before the one at `index`."""
        ...

    def replace(self, source: bytes, index: int, text: str) -> bytes: ...

    def insert_extras(self, source: bytes, index: int, extras: str) -> bytes:
        """`extras` is "[a]" for a requirement that has none yet, and ",a" for one with some."""
        ...

    def delete_extras(self, source: bytes, index: int, extras: str) -> bytes:
        """The inverse of `insert_extras`; nothing where they are not as we wrote them."""
        ...

    def delete(self, source: bytes, index: int) -> bytes: ...


def find(listed: Sequence[Listed], name: str) -> Listed | None:
    """The requirement on a distribution, under any spelling of its name."""
    wanted = canonical(name)
    return next((each for each in listed if each.canonical == wanted), None)


def place_for(listed: Sequence[Listed], name: str) -> int:
    """In the order of names where the list has one, else at its end."""
    names = [each.canonical for each in listed]
    return bisect_right(names, canonical(name)) if names == sorted(names) else len(names)


def with_text(source: bytes, there: Listed, text: str) -> bytes:
    """`source` with another requirement in the place of one that pip could read."""
    return splice(source, there.start, there.end, text.encode())


def with_extras(source: bytes, there: Listed, extras: str) -> bytes:
    """`source` with more extras in a requirement that pip could read."""
    said = there.mention
    if said is None:
        return source
    place = said.name_end if extras.startswith("[") else said.extras_end - 1
    return splice(source, there.start + place, there.start + place, extras.encode())


def without_extras(source: bytes, there: Listed, extras: str) -> bytes:
    """`source` without extras that `with_extras` wrote."""
    start = source.find(extras.encode(), there.start, there.end)
    return source if start < 0 else splice(source, start, start + len(extras.encode()), b"")


class Needed(NamedTuple):
    """That a distribution is asked for. A fact about a file of the format `kind`.

    A requirement that is there under any spelling, extras or bounds is not added a
    second time; where extras are missing, they are put into the one that is there.
    """

    dependency: Dependency
    kind: DependencyList
    added: str | None = None
    """What the lock says that we wrote; `None` stands for the whole requirement."""

    def addition(self, source: bytes) -> str:
        """What `ensure` would write: the whole requirement, extras, or "" for nothing."""
        there = find(self.kind.listed(source), self.dependency.name)
        if there is None or there.mention is None:
            return str(self.dependency)
        missing = [e for e in self.dependency.extras if e not in there.mention.extras]
        if not missing:
            return ""
        return f",{','.join(missing)}" if there.mention.extras else f"[{','.join(missing)}]"

    def ensure(self, source: bytes) -> bytes:
        addition = self.addition(source)
        listed = self.kind.listed(source)
        there = find(listed, self.dependency.name)
        if there is None:
            return self.kind.insert(source, place_for(listed, self.dependency.name), addition)
        if not addition:
            return source
        return self.kind.insert_extras(source, listed.index(there), addition)

    def remove(self, source: bytes) -> bytes:
        listed = self.kind.listed(source)
        there = find(listed, self.dependency.name)
        if there is None or self.added == "":
            return source
        if self.added is None or not self.added.startswith(("[", ",")):
            is_ours = there.text == (self.added or str(self.dependency))
            return self.kind.delete(source, listed.index(there)) if is_ours else source
        return self.kind.delete_extras(source, listed.index(there), self.added)
