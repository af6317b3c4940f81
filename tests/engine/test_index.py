from __future__ import annotations

import json

import pytest

from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.index import InvalidIndex, index_of, indexed, parse_index
from tests.engine.made_up_blocks import AUTH, CORE, MODULES, USERS


def test_an_index_says_what_the_manifests_say() -> None:
    blocks = parse_index(index_of(map(indexed, MODULES)))

    assert blocks == tuple(indexed(block) for block in sorted(MODULES, key=lambda b: b.name))


def test_the_order_of_blocks_does_not_show() -> None:
    assert index_of(map(indexed, [CORE, AUTH, USERS])) == index_of(
        map(indexed, [USERS, CORE, AUTH])
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"schema": 2, "blocks": []}', b'{"schema": 1, "blocks": [{}]}', b"\xff"],
)
def test_an_index_that_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidIndex):
        parse_index(content)


def test_an_index_cannot_name_a_file_outside() -> None:
    index = json.loads(index_of([indexed(AUTH)]))
    index["blocks"][0]["files"][0]["src"] = "../../etc/passwd"

    with pytest.raises(RegistryError):
        parse_index(json.dumps(index).encode())
