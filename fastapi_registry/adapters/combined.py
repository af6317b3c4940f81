"""Several sources of blocks as one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.manifest import Manifest
from fastapi_registry.engine.source import Archive, Source, UnknownBlock


class NoSuchVersion(UsageError):
    def __init__(self, name: str, wanted: str, offered: Sequence[str]) -> None:
        super().__init__(
            f"there is no `{name}` {wanted}", hint=f"its source has {', '.join(offered)}"
        )


class Combined:
    """The first source that knows a name answers for it."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def names(self) -> Collection[str]:
        return sorted({name for source in self._sources for name in source.names()})

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        return self._of(name).manifest(name)

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`."""
        return self._of(name).load(name)

    def _of(self, name: str) -> Source:
        for source in self._sources:
            if name in source.names():
                return source
        raise unknown(name, self.names())


class Assigned:
    """Some blocks each from a source of its own, whoever else offers one of that name."""

    def __init__(
        self, origins: Mapping[str, Source], others: Source, gone: Collection[str] = ()
    ) -> None:
        self._origins = origins
        self._others = others
        self._gone = gone

    def names(self) -> Collection[str]:
        return sorted({*self._origins, *self._others.names()} - {*self._gone})

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        return self._of(name).manifest(name)

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`."""
        return self._of(name).load(name)

    def _of(self, name: str) -> Source:
        if name in self._gone:
            raise UnknownBlock(name, self.names())
        return self._origins.get(name, self._others)


def choose(source: Source, name: str, version: str) -> None:
    """Make `source` mean that version (`1.2` is the newest 1.2.x), or "" for the newest.

    Raises `UnknownBlock` or `NoSuchVersion`.
    """
    if name not in source.names():
        raise unknown(name, source.names())
    if isinstance(source, Archive):
        offered = source.versions(name)
    else:
        offered = [source.manifest(name).version]
    fitting = [each for each in offered if f"{each}.".startswith(f"{version}." if version else "")]
    if not fitting:
        raise NoSuchVersion(name, version, offered)
    if isinstance(source, Archive):
        source.choose(name, fitting[0])


def unknown(name: str, known: Collection[str]) -> UsageError:
    """`UnknownBlock`, with the name that was probably meant."""
    from difflib import get_close_matches  # only where a name is wrong

    error = UnknownBlock(name, known)
    if close := get_close_matches(name, known, n=1):
        error.hint = f"did you mean `{close[0]}`? {error.hint}"
    return error
