"""The app as it is really put together in `app/installed.py`."""

import re

import httpx2
from fastapi import FastAPI

from app.core.config import CoreSettings
from app.core.ids import uuid7
from app.installed import BLOCKS, Settings


def test_every_block_has_a_name_of_its_own() -> None:
    names = [block.name for block in BLOCKS]

    assert len(names) == len(set(names))


def test_a_settings_section_has_the_name_of_its_block() -> None:
    of_blocks = set(Settings.model_fields) - set(CoreSettings.model_fields)

    assert of_blocks <= {block.name for block in BLOCKS}


def test_every_operation_has_a_stable_id_of_its_own_and_a_tag(app: FastAPI) -> None:
    operations = [
        operation for path in app.openapi()["paths"].values() for operation in path.values()
    ]
    ids = [operation["operationId"] for operation in operations]

    assert len(ids) == len(set(ids))
    assert all(operation["tags"] for operation in operations)


async def test_every_operation_answers_whoever_knocks(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    """With a refusal, most of the time; never by falling over."""
    answers = {
        f"{method.upper()} {path}": await client.request(method, with_some_id(path))
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }

    assert answers
    assert {name: it.text for name, it in answers.items() if it.status_code >= 500} == {}
    assert {name: it.text for name, it in answers.items() if it.status_code == 405} == {}


async def test_is_alive_and_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/health")).json() == {"status": "ok"}
    assert (await client.get("/health/ready")).status_code == 200


def with_some_id(path: str) -> str:
    return re.sub(r"\{\w+\}", str(uuid7()), path)
