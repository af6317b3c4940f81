"""The registries in the network that one command needs, each opened once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi_registry.adapters.disk import read_project
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.reference import GitHub, parse_reference
from fastapi_registry.engine.registries import registries_of, token_variable
from fastapi_registry.engine.registry_url import registry_url

if TYPE_CHECKING:
    from fastapi_registry.adapters.registry import Registry, Shelf

_TOKEN = re.compile(r"[!-~]*")


class UnknownRegistry(UsageError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"this project knows no registry `@{name}`",
            hint=f"name it: `fastapi-blocks registry add @{name} https://…`",
        )


class UnusableToken(UsageError):
    def __init__(self, variable: str) -> None:
        super().__init__(
            f"`{variable}` holds characters that no token has", hint="is it cut off, or quoted?"
        )


class Registries:
    """Those that a project has names for, and others by their address.

    What the lock remembers of a block is the name, so that a registry can move; of one
    without a name it is the address.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._opened: dict[str, Registry] = {}

    @property
    def opened(self) -> tuple[Registry, ...]:
        return tuple(self._opened.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about how the blocks were got."""
        return tuple(note for registry in self.opened for note in registry.notes)

    def names(self) -> tuple[str, ...]:
        return tuple(self._urls)

    def named(self, name: str) -> Registry:
        """Raises `UnknownRegistry`, `NotARegistry`, `UnusableToken`."""
        if name not in self._urls:
            raise UnknownRegistry(name)
        token = token_in(token_variable(name))
        return self._open_files(f"@{name}", registry_url(self._urls[name]), token)

    def at(self, url: str) -> Registry:
        """Without a token, even where a named registry has that address: nobody asked for it."""
        return self._open_files(url, registry_url(url), token="")

    def on_github(self, reference: GitHub) -> Registry:
        """Raises `UnusableToken`."""
        from fastapi_registry.adapters.cache import users_cache
        from fastapi_registry.adapters.github import Repository

        token = token_in("FASTAPI_BLOCKS_GITHUB_TOKEN")
        return self._open(reference.label, lambda: Repository(reference, token, users_cache()))

    def recorded(self, label: str) -> Registry | None:
        """What the lock calls `label`; `None` for a name that the project no longer has."""
        if label.startswith("github:"):
            reference = parse_reference(label)
            return self.on_github(reference) if isinstance(reference, GitHub) else None
        if not label.startswith("@"):
            return self.at(label)
        name = label.removeprefix("@")
        return self.named(name) if name in self._urls else None

    @cached_property
    def _urls(self) -> dict[str, str]:
        return registries_of(read_project(self._root))

    def _open_files(self, label: str, url: str, token: str) -> Registry:
        from fastapi_registry.adapters.cache import users_cache
        from fastapi_registry.adapters.download import Remote  # brings httpx2: 250 ms
        from fastapi_registry.adapters.http import PlainFiles

        return self._open(label, lambda: PlainFiles(Remote(url, label, token), users_cache()))

    def _open(self, label: str, shelf: Callable[[], Shelf]) -> Registry:
        from fastapi_registry.adapters.registry import Registry

        if label not in self._opened:
            self._opened[label] = Registry(shelf())
        return self._opened[label]


def token_in(variable: str) -> str:
    """From the environment, "" if it has none. Raises `UnusableToken`, which does not show it."""
    token = os.environ.get(variable, "").strip()
    if not _TOKEN.fullmatch(token):
        raise UnusableToken(variable)
    return token
