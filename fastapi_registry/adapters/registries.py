"""The registries behind HTTP(S) that one command needs, each opened once."""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi_registry.adapters.disk import read_project
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.registries import registries_of, token_variable
from fastapi_registry.engine.registry_url import registry_url

if TYPE_CHECKING:
    from fastapi_registry.adapters.http import HttpRegistry

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
        self._opened: dict[str, HttpRegistry] = {}

    @property
    def opened(self) -> tuple[HttpRegistry, ...]:
        return tuple(self._opened.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about how the blocks were got."""
        return tuple(note for registry in self.opened for note in registry.notes)

    def names(self) -> tuple[str, ...]:
        return tuple(self._urls)

    def named(self, name: str) -> HttpRegistry:
        """Raises `UnknownRegistry`, `NotARegistry`, `UnusableToken`."""
        if name not in self._urls:
            raise UnknownRegistry(name)
        return self._open(f"@{name}", registry_url(self._urls[name]), token_for(name))

    def at(self, url: str) -> HttpRegistry:
        """Without a token, even where a named registry has that address: nobody asked for it."""
        return self._open(url, registry_url(url), token="")

    def recorded(self, label: str) -> HttpRegistry | None:
        """What the lock calls `label`; `None` for a name that the project no longer has."""
        if not label.startswith("@"):
            return self.at(label)
        name = label.removeprefix("@")
        return self.named(name) if name in self._urls else None

    @cached_property
    def _urls(self) -> dict[str, str]:
        return registries_of(read_project(self._root))

    def _open(self, label: str, url: str, token: str) -> HttpRegistry:
        from fastapi_registry.adapters.cache import users_cache
        from fastapi_registry.adapters.download import Remote  # brings httpx2: 250 ms
        from fastapi_registry.adapters.http import HttpRegistry

        if label not in self._opened:
            self._opened[label] = HttpRegistry(Remote(url, label, token), users_cache())
        return self._opened[label]


def token_for(name: str) -> str:
    """From the environment, "" if it has none. Raises `UnusableToken`, which does not show it."""
    variable = token_variable(name)
    token = os.environ.get(variable, "").strip()
    if not _TOKEN.fullmatch(token):
        raise UnusableToken(variable)
    return token
