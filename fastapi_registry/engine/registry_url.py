"""The address of a registry: where its `registry.json` stands, without that name."""

from __future__ import annotations

import re
from typing import Final

from fastapi_registry.engine.errors import UsageError

INDEX: Final = "registry.json"

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?"
    r"(?P<path>(?:/[\w.~%+@-]+)*)",
    re.ASCII | re.IGNORECASE,
)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


class NotARegistry(UsageError):
    def __init__(self, hint: str) -> None:
        super().__init__("that is not the address of a registry", hint=hint)


def registry_url(text: str) -> str:
    """`text` in its one spelling. Raises `NotARegistry`, which does not repeat what was typed.

    The address is committed with the project. So it must not hold a secret: a name and a
    password before the host, or a token behind a question mark, are refused. Without TLS
    anybody on the way could send other blocks, so `http://` is for this machine alone.
    """
    match = _ADDRESS.fullmatch(text.strip().removesuffix(INDEX).rstrip("/"))
    if match is None:
        raise NotARegistry(
            "write it as `https://blocks.example.com/path`, without user, password or query; "
            "a token belongs into the environment"
        )
    if match["scheme"].lower() == "http" and match["host"].lower() not in _LOOPBACK:
        raise NotARegistry("use https://; http:// is for this machine alone")
    return match[0].removesuffix(match["path"]).lower() + match["path"]


def is_loopback(url: str) -> bool:
    match = _ADDRESS.fullmatch(url)
    return match is not None and match["host"].lower() in _LOOPBACK
