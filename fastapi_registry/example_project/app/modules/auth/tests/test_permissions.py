"""The seam for permissions, with a small source: R2 and R51. And admins, who need none."""

from collections.abc import Sequence
from typing import Annotated

import pytest
from fastapi import Depends

from app import core
from app.core.blocks import Block
from app.core.caller import Caller, require
from app.core.routing import BlockRouter
from app.core.runtime import Runtime
from app.modules import auth
from app.modules.auth import PERMISSIONS, Grants, UserId
from app.modules.auth.tests.conftest import Person
from app.modules.auth.tests.test_login import change

router = BlockRouter(prefix="/reports", tags=["reports"])


@router.get("")
async def read_reports(caller: Annotated[Caller, Depends(require("reports:read"))]) -> str:
    return str(caller.user_id)


class Readers:
    """Knows who reads reports: nobody, or everybody."""

    everybody = True

    async def grants(self, user_id: UserId) -> Grants:
        if not self.everybody:
            return Grants()
        return Grants(frozenset({"reader"}), frozenset({"reports:read"}))


@pytest.fixture
def readers() -> Readers:
    return Readers()


@pytest.fixture
def blocks(readers: Readers) -> Sequence[Block]:
    reports = Block(
        name="reports", router=router, provides=[PERMISSIONS.provided_by(lambda work: readers)]
    )
    return (core.block, auth.block, reports)


async def read(person: Person) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {person.tokens['accessToken']}"}
    response = await person.client.get("/api/v1/reports", headers=headers)
    return response.status_code, response.headers.get("WWW-Authenticate", "")


async def test_a_permission_opens_what_asks_for_it(ada: Person) -> None:
    assert await read(ada) == (200, "")

    me = (await ada.get("me")).json()
    assert (me["roles"], me["permissions"]) == (["reader"], ["reports:read"])


async def test_r51_a_permission_that_is_taken_away_is_gone_on_the_next_request(
    ada: Person, readers: Readers
) -> None:
    readers.everybody = False

    assert await read(ada) == (403, 'Bearer error="insufficient_scope"')


async def test_an_admin_may_do_everything(ada: Person, readers: Readers, runtime: Runtime) -> None:
    readers.everybody = False
    await change(runtime, ada, is_admin=True)

    assert await read(ada) == (200, "")


async def test_r50_a_deactivated_user_is_out_on_the_next_request(
    ada: Person, runtime: Runtime
) -> None:
    await change(runtime, ada, is_active=False)

    assert (await read(ada))[0] == 401
    assert (await ada.refresh()).status_code == 401
