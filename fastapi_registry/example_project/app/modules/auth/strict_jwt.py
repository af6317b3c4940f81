"""Reading a JWT so that no two readers could read it differently.

Libraries accept padding, twin keys and odd numbers, each in its own way. Where two parts of a
system disagree about what a token says, one of them can be fooled: we refuse such tokens.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import NoReturn, TypeAlias

Members: TypeAlias = Mapping[str, object]

_LONGEST = 4096


def split(token: str) -> tuple[Members, Members]:
    """Header and claims, not yet verified. Raises `ValueError`."""
    if len(token) > _LONGEST:
        raise ValueError("too long")
    header, claims, signature = token.split(".")
    _decoded(signature)
    return _members(header), _members(claims)


def _members(part: str) -> Members:
    try:
        value = json.loads(_decoded(part), object_pairs_hook=_without_twins, parse_constant=_refuse)
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
