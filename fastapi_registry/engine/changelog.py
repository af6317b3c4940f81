"""The CHANGELOG.md of a block: what its versions changed, in the words of whoever wrote it.

The format is that of https://keepachangelog.com: a version is a heading of the second level,
and what mends a weakness stands below a third one that says "Security".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.resolve import is_newer

NAME: Final = "CHANGELOG.md"

_VERSION = re.compile(r"(?m)^## \[?v?(?P<version>\d+\.\d+\.\d+[\w.]*)\]?.*$")
_SECURITY = re.compile(r"(?mi)^### +security\b")


@dataclass(frozen=True)
class Release:
    version: str
    text: str
    """Everything below the heading of the version, without blank lines around it."""

    @property
    def is_security(self) -> bool:
        return _SECURITY.search(self.text) is not None


def releases_since(block: Block, version: str) -> tuple[Release, ...]:
    """The releases after `version`, in the order of the file; none where nothing is written."""
    content = block.files.get(f"{block.manifest.folder}/{NAME}") or b""
    releases = _releases(content.decode("utf-8", "replace"))
    return tuple(release for release in releases if is_newer(release.version, version))


def _releases(text: str) -> Iterator[Release]:
    headings = list(_VERSION.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends, strict=True):
        yield Release(heading["version"], text[heading.end() : end].strip())
