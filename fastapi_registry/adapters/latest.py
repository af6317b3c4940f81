"""A document of a registry as it is now or, where nobody answers, as it last was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from fastapi_registry.adapters.cache import Cache, Remembered
from fastapi_registry.adapters.download import Download, Remote, Unreachable


class Latest(NamedTuple):
    document: Remembered
    note: str = ""
    """What the user should know of how it was got."""


def latest(remote: Remote, path: str, most_bytes: int, cache: Cache) -> Latest:
    """What stands at `path`. It is for the caller to `remember` it, once it has proved readable.

    Raises what `Download.fetch` raises, `Unreachable` only where nothing is remembered.
    """
    known = cache.remembered(f"{remote.url}/{path}")
    try:
        with Download(remote) as download:
            fetched = download.fetch(path, most_bytes, known.etag if known else "")
    except Unreachable:
        if known is None:
            raise
        note = f"`{remote.label}` does not answer: this is what it had on {known.seen}"
        return Latest(known, note)
    today = datetime.now(UTC).date()
    if fetched is not None:
        return Latest(Remembered(fetched.content, fetched.etag, today))
    if known is None:
        raise Unreachable(remote.label, "it says that nothing has changed since never")
    return Latest(known._replace(seen=today))
