"""What registries have sent before, so that it need not be sent again and can be had offline.

    content/<sha256>     files, indexes and archives, each named by what it must be: a damaged
                         one is noticed, and fetched again
    index/<sha256>.json  of the address of an index or an archive: the content that it last had,
                         and the ETag by which to ask whether it still has

It lies in the user's own cache folder, outside of every project, and may be deleted at any
time. No token is ever part of it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import mkstemp
from typing import Final, NamedTuple

from fastapi_registry.engine.tree import digest

FOLDER_VARIABLE: Final = "FASTAPI_BLOCKS_CACHE"


class Remembered(NamedTuple):
    content: bytes
    etag: str
    seen: date
    """When the registry last said that this is what it has there."""


class Cache:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def content(self, sha256: str) -> bytes | None:
        """The bytes of that digest; `None` if they are not here, or not what they should be."""
        content = _read(self._content_place(sha256))
        return content if content is not None and digest(content) == sha256 else None

    def keep(self, content: bytes) -> None:
        _write(self._content_place(digest(content)), content)

    def remembered(self, url: str) -> Remembered | None:
        place = self._place_of(url)
        try:
            told = json.loads(_read(place) or b"")
            content = self.content(str(told["sha256"]))
            seen = date.fromisoformat(told["seen"])
            return None if content is None else Remembered(content, str(told["etag"]), seen)
        except (ValueError, KeyError, TypeError):
            return None

    def remember(self, url: str, document: Remembered) -> None:
        """The content first: what is named is there."""
        self.keep(document.content)
        told = {
            "url": url,
            "etag": document.etag,
            "seen": document.seen.isoformat(),
            "sha256": digest(document.content),
        }
        _write(self._place_of(url), json.dumps(told).encode())

    def _content_place(self, sha256: str) -> Path:
        return self._folder / "content" / sha256

    def _place_of(self, url: str) -> Path:
        return self._folder / "index" / f"{digest(url.encode())}.json"


def users_cache() -> Cache:
    if folder := os.environ.get(FOLDER_VARIABLE):
        return Cache(Path(folder).absolute())
    from platformdirs import user_cache_path  # 40 ms, for commands that fetch

    return Cache(user_cache_path("fastapi-blocks", appauthor=False))


def _read(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except OSError:
        return None


def _write(place: Path, content: bytes) -> None:
    """Atomic, and for this user alone: a private registry's files are private here too.

    A cache that cannot be written, on a full or read-only disk, is no reason to fail.
    """
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, draft = mkstemp(dir=place.parent)  # readable by its owner only
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(draft).replace(place)
        except OSError:
            Path(draft).unlink()
            raise
