"""What a user types to name a block: `auth`, `@acme/billing@1.2`, `./folder`, `https://…/billing`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, TypeAlias

from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.registry_url import registry_url

ALIASES: Final = {"log_management": "logs"}
"""Names of the first registry (0.2) that people still type."""

_NAMED = re.compile(
    r"(?:@(?P<registry>[a-z0-9][a-z0-9._-]*)/)?"
    r"(?P<name>[A-Za-z][A-Za-z0-9_-]*)"
    r"(?:@(?P<version>\d[\w.]*))?"
)
_IN_A_REGISTRY = re.compile(
    r"(?P<registry>https?://\S+)/(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?:@(?P<version>\d[\w.]*))?"
)
_GITHUB = re.compile(
    r"github:(?P<owner>\w[\w.-]*)/(?P<repository>\w[\w.-]*)"
    r"(?:#(?P<ref>\w[^/\s]*))?(?:/(?P<name>[A-Za-z][A-Za-z0-9_-]*))?",
    re.ASCII,
)


class Named(NamedTuple):
    """A block of a registry; of the bundled one where `registry` is ""."""

    name: str
    registry: str = ""
    version: str = ""


class Folder(NamedTuple):
    """A block, or a folder of blocks, on this disk. `path` is as the user wrote it."""

    path: str


class Url(NamedTuple):
    """A block of the registry at that address."""

    registry: str
    name: str
    version: str = ""


class GitHub(NamedTuple):
    """A block of a repository; of its default branch where `ref` is ""."""

    owner: str
    repository: str
    ref: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """What the lock calls the repository."""
        ref = f"#{self.ref}" if self.ref else ""
        return f"github:{self.owner}/{self.repository}{ref}"


Reference: TypeAlias = Named | Folder | Url | GitHub


class NotAReference(UsageError):
    def __init__(self, text: str) -> None:
        super().__init__(
            f"`{text}` does not name a block",
            hint="write `auth`, `@acme/billing@1.2`, `./folder`, `https://…/billing` or "
            "`github:owner/repository#ref/billing`",
        )


def parse_reference(text: str) -> Reference:
    """Raises `NotAReference`, or `NotARegistry` for an address that cannot be one."""
    text = text.strip()
    if text.startswith(("./", "../", "/", "~", ".\\", "..\\")) or text in (".", ".."):
        return Folder(text)
    if text.startswith(("https://", "http://")):
        return _in_a_registry(text)
    if match := _GITHUB.fullmatch(text):
        owner, repository, ref, name = match.groups(default="")
        return GitHub(owner, repository, ref, normal_name(name))
    if match := _NAMED.fullmatch(text):
        return Named(normal_name(match["name"]), match["registry"] or "", match["version"] or "")
    raise NotAReference(text)


def _in_a_registry(text: str) -> Url:
    match = _IN_A_REGISTRY.fullmatch(text)
    if match is None:
        raise NotAReference("https://…")  # what was typed may hold a password
    version = match["version"] or ""
    return Url(registry_url(match["registry"]), normal_name(match["name"]), version)


def normal_name(name: str) -> str:
    """`two-factor` and `Two_Factor` are one block: `two_factor`."""
    name = name.lower().replace("-", "_")
    return ALIASES.get(name, name)
