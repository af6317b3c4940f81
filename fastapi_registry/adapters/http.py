"""A registry behind HTTP(S): what `fastapi-blocks build` wrote, on any server of plain files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from fastapi_registry.adapters.cache import Cache
from fastapi_registry.adapters.download import Download, Remote, TooLarge
from fastapi_registry.adapters.latest import latest
from fastapi_registry.adapters.registry import RegistryLies
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.index import IndexedBlock, IndexedFile, parse_index
from fastapi_registry.engine.registry_url import INDEX
from fastapi_registry.engine.tree import digest

_AT_ONCE: Final = 8


class PlainFiles:
    """The shelf of such a registry. A file that the cache has is not fetched again."""

    def __init__(self, remote: Remote, cache: Cache) -> None:
        self.label = remote.label
        self.notes: list[str] = []
        self._remote = remote
        self._cache = cache

    def index(self) -> Sequence[IndexedBlock]:
        remote = self._remote
        found = latest(remote, INDEX, remote.limits.index_bytes, self._cache)
        blocks = parse_index(found.document.content)
        self._cache.remember(f"{remote.url}/{INDEX}", found.document)
        self.notes += filter(None, [found.note])
        return blocks

    def contents(self, entry: IndexedBlock) -> Mapping[str, bytes]:
        """Raises `RegistryLies`, `TooLarge`, or what `Download.fetch` raises."""
        self._refuse_large(entry)
        known = {file.src: self._cache.content(file.sha256) for file in entry.files}
        missing = [file for file in entry.files if known[file.src] is None]
        found = {src: content for src, content in known.items() if content is not None}
        return found | self._fetched(entry, missing)

    def _refuse_large(self, entry: IndexedBlock) -> None:
        limits, label, name = self._remote.limits, self.label, entry.manifest.name
        if len(entry.files) > limits.block_files:
            raise RegistryError(f"`{name}` of `{label}` has more than {limits.block_files} files")
        if sum(file.size for file in entry.files) > limits.block_bytes:
            raise TooLarge(label, name, limits.block_bytes)

    def _fetched(self, entry: IndexedBlock, files: Sequence[IndexedFile]) -> dict[str, bytes]:
        if not files:
            return {}
        with Download(self._remote) as download, ThreadPoolExecutor(_AT_ONCE) as pool:
            contents = pool.map(lambda file: self._verified(download, entry, file), files)
            return {file.src: content for file, content in zip(files, contents, strict=True)}

    def _verified(self, download: Download, entry: IndexedBlock, file: IndexedFile) -> bytes:
        """A file is kept for later only if it is what it should be."""
        fetched = download.fetch(entry.place_of(file.src), self._remote.limits.file_bytes)
        if fetched is None or digest(fetched.content) != file.sha256:
            what = f"`{file.src}` has another digest"
            raise RegistryLies(self.label, entry.manifest.name, what)
        self._cache.keep(fetched.content)
        return fetched.content
