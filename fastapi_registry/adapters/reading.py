"""Reading whole files, hundreds in a run."""

from __future__ import annotations


def contents_of(place: str) -> bytes:
    """Without a buffer, of which a file that is read at once has no use: a third of the time."""
    with open(place, "rb", buffering=0) as file:
        return file.read()
