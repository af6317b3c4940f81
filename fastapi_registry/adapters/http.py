"""A registry behind HTTP(S): what `fastapi-blocks build` wrote, on any server of plain files.

Nothing that it says is taken on trust. Each file must have the digest that the index names,
each block the digest over all of them, and the manifest in the block's folder must say what the
index said: otherwise the whole block is refused, before anything is planned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import Final

from fastapi_registry.adapters.cache import Cache, RememberedIndex
from fastapi_registry.adapters.download import Download, Remote, TooLarge, Unreachable
from fastapi_registry.adapters.folder import MANIFEST
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.index import IndexedBlock, IndexedFile, parse_index
from fastapi_registry.engine.manifest import PROJECT, Manifest, parse_manifest
from fastapi_registry.engine.registry_url import INDEX
from fastapi_registry.engine.source import UnknownBlock
from fastapi_registry.engine.tree import Tree, digest

_AT_ONCE: Final = 8


class RegistryLies(RegistryError):
    """What was sent is not what the index promised."""

    def __init__(self, label: str, name: str, what: str) -> None:
        super().__init__(
            f"`{label}` does not send the `{name}` that its index promises: {what}",
            hint="nothing was written; run it again, and if it stays so, tell who publishes it",
        )


class HttpRegistry:
    """Its blocks, each in the newest version unless `choose` said otherwise."""

    def __init__(self, remote: Remote, cache: Cache) -> None:
        self.notes: list[str] = []
        """What the user should know about how the blocks were got."""
        self.label = remote.label
        self._remote = remote
        self._cache = cache
        self._chosen: dict[str, IndexedBlock] = {}

    def names(self) -> Collection[str]:
        return self._versions.keys()

    def versions(self, name: str) -> Sequence[str]:
        """The newest first. Raises `UnknownBlock`."""
        if name not in self._versions:
            raise UnknownBlock(name, self.names())
        return [block.manifest.version for block in self._versions[name]]

    def choose(self, name: str, version: str) -> None:
        """From now on that of the `versions` of `name` is meant."""
        place = self.versions(name).index(version)
        self._chosen[name] = self._versions[name][place]

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        return self._entry(name).manifest

    def digest(self, name: str) -> str:
        """As the index promises it. Raises `UnknownBlock`."""
        return self._entry(name).digest

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`, `RegistryLies`, or what `Download.fetch` raises."""
        entry = self._entry(name)
        self._refuse_large(entry)
        block = self._assembled(entry, self._contents(entry))
        if block.digest != entry.digest:
            raise RegistryLies(self._remote.label, name, "its files are not those of its digest")
        return block

    def _entry(self, name: str) -> IndexedBlock:
        if name not in self._versions:
            raise UnknownBlock(name, self.names())
        return self._chosen.get(name, self._versions[name][0])

    @cached_property
    def _versions(self) -> Mapping[str, tuple[IndexedBlock, ...]]:
        """`project` is never among them: what surrounds the blocks is the user's."""
        index = self._index()
        blocks = parse_index(index.content)
        self._cache.keep_index(self._remote.url, index)  # not before it has proved readable
        by_name = groupby(blocks, key=lambda block: block.manifest.name)
        return {name: tuple(versions) for name, versions in by_name if name != PROJECT}

    def _index(self) -> RememberedIndex:
        """As it is now, or where the registry does not answer, as it last was."""
        remote, known = self._remote, self._cache.index(self._remote.url)
        try:
            with Download(remote) as download:
                etag = known.etag if known else ""
                fetched = download.fetch(INDEX, remote.limits.index_bytes, etag)
        except Unreachable:
            if known is None:
                raise
            self.notes.append(
                f"`{remote.label}` does not answer: this is what it had on {known.seen}"
            )
            return known
        today = datetime.now(UTC).date()
        if fetched is not None:
            return RememberedIndex(fetched.content, fetched.etag, today)
        if known is None:
            raise Unreachable(remote.label, "it says that nothing has changed since never")
        return known._replace(seen=today)

    def _refuse_large(self, entry: IndexedBlock) -> None:
        limits, label, name = self._remote.limits, self._remote.label, entry.manifest.name
        if len(entry.files) > limits.block_files:
            raise RegistryError(f"`{name}` of `{label}` has more than {limits.block_files} files")
        if sum(file.size for file in entry.files) > limits.block_bytes:
            raise TooLarge(label, name, limits.block_bytes)

    def _contents(self, entry: IndexedBlock) -> dict[str, bytes]:
        """By `src`; only what the cache does not have is fetched."""
        known = {file.src: self._cache.content(file.sha256) for file in entry.files}
        missing = [file for file in entry.files if known[file.src] is None]
        found = {src: content for src, content in known.items() if content is not None}
        return found | self._fetched(entry, missing)

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
            raise RegistryLies(
                self._remote.label, entry.manifest.name, f"`{file.src}` has another digest"
            )
        self._cache.keep(fetched.content)
        return fetched.content

    def _assembled(self, entry: IndexedBlock, contents: Mapping[str, bytes]) -> Block:
        name, place = entry.manifest.name, f"{entry.manifest.folder}/{MANIFEST}"
        if place not in contents:
            raise RegistryLies(self._remote.label, name, f"it has no {MANIFEST}")
        manifest = parse_manifest(contents[place], f"{MANIFEST} of `{name}`")
        if manifest != entry.manifest:
            raise RegistryLies(self._remote.label, name, f"its {MANIFEST} says something else")
        return Block(manifest, Tree(contents), self._remote.label)
