"""Who is calling: the word of a block, and 401 where none has one."""

from collections.abc import Sequence
from typing import Annotated

import httpx2
import pytest
from fastapi import Depends, Request

from app.core.blocks import Block
from app.core.caller import CALLERS, Caller, CurrentCaller, require
from app.core.errors import InvalidToken
from app.core.ids import uuid7
from app.core.routing import BlockRouter
from app.core.work import UnitOfWork

router = BlockRouter(tags=["who"])


@router.get("/who")
async def who(caller: CurrentCaller) -> list[str]:
    return list(caller.methods)


@router.get("/reports")
async def reports(caller: Annotated[Caller, Depends(require("reports:read"))]) -> str:
    return "all of them"


class ByHeader:
    """`Authorization: reader` is a caller who may read reports."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def identify(self, request: Request) -> Caller | None:
        word = request.headers.get("authorization")
        if word is None:
            return None
        if word not in ("reader", "admin", "nobody"):
            raise InvalidToken
        return Caller(
            user_id=uuid7(),
            session_id=None,
            permissions=frozenset({"reports:read"} if word == "reader" else ()),
            is_admin=word == "admin",
            authenticated_at=self._work.now(),
            methods=("pwd",),
        )


@pytest.fixture
def blocks() -> Sequence[Block]:
    return (Block(name="who", router=router, provides=[CALLERS.provided_by(ByHeader)]),)


async def get(client: httpx2.AsyncClient, path: str, word: str | None = None) -> httpx2.Response:
    headers = {"authorization": word} if word else {}
    return await client.get(f"/api/v1{path}", headers=headers)


async def test_r2_without_credentials_the_challenge_names_no_error(
    client: httpx2.AsyncClient,
) -> None:
    answer = await get(client, "/who")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_r2_a_bad_token_is_told_from_none(client: httpx2.AsyncClient) -> None:
    answer = await get(client, "/who", "forged")

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_r2_a_missing_permission_is_a_403(client: httpx2.AsyncClient) -> None:
    answer = await get(client, "/reports", "nobody")

    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("word", ["reader", "admin"])
async def test_who_holds_the_permission_is_let_in(client: httpx2.AsyncClient, word: str) -> None:
    assert (await get(client, "/reports", word)).status_code == 200


class TestWithNobodyToAnswer:
    @pytest.fixture
    def blocks(self) -> Sequence[Block]:
        return (Block(name="who", router=router),)

    async def test_everybody_is_a_stranger(self, client: httpx2.AsyncClient) -> None:
        assert (await get(client, "/who", "admin")).status_code == 401
