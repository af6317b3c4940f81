"""Blocks in a repository on GitHub: a registry that `build` made, or folders with a block.toml.

They come as one archive of one commit, so that no file is of another commit than the next. The
archive is read in memory, never unpacked: a path in it that leads elsewhere leads nowhere.
"""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final

from fastapi_registry.adapters.cache import Cache
from fastapi_registry.adapters.download import Remote, TooLarge, Unreachable
from fastapi_registry.adapters.folder import MANIFEST
from fastapi_registry.adapters.latest import latest
from fastapi_registry.adapters.registry import RegistryLies
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.index import IndexedBlock, indexed, newest_first, parse_index
from fastapi_registry.engine.manifest import CORE, parse_manifest
from fastapi_registry.engine.reference import GitHub
from fastapi_registry.engine.registry_url import INDEX, registry_url
from fastapi_registry.engine.tree import Tree

ADDRESS_VARIABLE: Final = "FASTAPI_BLOCKS_GITHUB"
"""The REST API of a GitHub Enterprise Server: `https://github.example.com/api/v3`."""
_API: Final = "https://api.github.com"


class NoBlocksThere(UsageError):
    def __init__(self, label: str) -> None:
        super().__init__(
            f"there are no blocks in `{label}`",
            hint=f"it needs an {INDEX} (see `fastapi-blocks build`), or a folder with a {MANIFEST}",
        )


class Repository:
    """The shelf of what is in one commit of a repository."""

    def __init__(self, reference: GitHub, token: str, cache: Cache) -> None:
        self.label = reference.label
        self.notes: list[str] = []
        address = registry_url(os.environ.get(ADDRESS_VARIABLE) or _API)
        self._remote = Remote(address, self.label, token, sends_on_to=_downloads_of(address))
        self._path = f"repos/{reference.owner}/{reference.repository}/tarball/{reference.ref}"
        self._cache = cache

    def index(self) -> Sequence[IndexedBlock]:
        """Raises `NoBlocksThere`, or what `Download.fetch` raises."""
        if INDEX in self._files:
            return parse_index(self._files[INDEX])
        found = newest_first(_blocks_in(self._files, self.label))
        if not found:
            raise NoBlocksThere(self.label)
        return found

    def contents(self, entry: IndexedBlock) -> Mapping[str, bytes]:
        places = {file.src: entry.place_of(file.src) for file in entry.files}
        for src, place in places.items():
            if place not in self._files:
                raise RegistryLies(self.label, entry.manifest.name, f"`{src}` is missing")
        return {src: self._files[place] for src, place in places.items()}

    @cached_property
    def _files(self) -> Mapping[str, bytes]:
        remote, path = self._remote, self._path.rstrip("/")
        found = latest(remote, path, remote.limits.archive_bytes, self._cache)
        files = dict(_unpacked(found.document.content, remote))
        self._cache.remember(f"{remote.url}/{path}", found.document)
        self.notes += filter(None, [found.note])
        return files


def _downloads_of(address: str) -> str:
    """Where the API sends on to for the archive itself."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://codeload.{rest.partition('/')[0].removeprefix('api.')}"


def _unpacked(archive: bytes, remote: Remote) -> Iterator[tuple[str, bytes]]:
    """The regular files, by their paths in the repository. Raises `TooLarge`, `Unreachable`."""
    limits = remote.limits
    left = limits.unpacked_bytes  # a few kilobytes can become gigabytes
    try:
        with tarfile.open(fileobj=BytesIO(archive), mode="r|gz") as members:
            for member in members:
                left -= member.size
                if left < 0:
                    raise TooLarge(remote.label, "its archive", limits.unpacked_bytes)
                path = member.name.partition("/")[2]  # everything is in one folder
                content = members.extractfile(member) if member.isreg() else None
                if path and content and member.size <= limits.file_bytes:
                    yield path, content.read()
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise Unreachable(remote.label, "it sends no archive") from error


def _blocks_in(files: Mapping[str, bytes], label: str) -> Iterator[IndexedBlock]:
    """Every folder with a block.toml. What a manifest has beside its folder needs an index."""
    for place in sorted(files):
        path = PurePosixPath(place)
        if path.name != MANIFEST:
            continue
        manifest = parse_manifest(files[place], f"{place} of `{label}`")
        folder = "" if path.parent == PurePosixPath() else path.parent.as_posix()
        way = f"{folder}/" if folder else ""
        own = {
            f"{manifest.folder}/{other.removeprefix(way)}": content
            for other, content in files.items()
            if other.startswith(way)
        }
        if manifest.name != CORE:
            yield indexed(Block(manifest, Tree(own), label), folder)
