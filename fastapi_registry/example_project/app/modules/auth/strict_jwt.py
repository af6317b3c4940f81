"""Reading a JWT so that no two readers could read it differently.

Libraries accept padding, twin keys and odd numbers, each in its own way. Where two parts of a
system disagree about what a token says, one of them can be fooled: we refuse such tokens.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

Members: TypeAlias = Mapping[str, object]

_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """What a token says. Believe it after its signature was checked, over these very bytes."""

    header: Members
    claims: Members
    signed: bytes
    signature: bytes


def read(token: str) -> UnverifiedToken:
    """Raises `ValueError`."""
    if len(token) > _LONGEST:
        raise ValueError("too long")
    header, claims, signature = token.split(".")
    return UnverifiedToken(
        header=_members(header),
        claims=_members(claims),
        signed=f"{header}.{claims}".encode(),
        signature=_decoded(signature),
    )


def _members(part: str) -> Members:
    try:
        value = _JSON.decode(_decoded(part).decode())
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _decoded(part: str) -> bytes:
    raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if urlsafe_b64encode(raw).rstrip(b"=") != part.encode():
        raise ValueError("not the one way to write these bytes")
    return raw


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("the same member twice")
    return members


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_without_twins, parse_constant=_refuse)
