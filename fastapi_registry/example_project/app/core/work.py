"""The unit of work of a request, as a dependency."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Final

from fastapi import Depends, Request

from app.core.limits import address_of
from app.core.origin import Origin
from app.core.problems import request_id_of
from app.core.runtime import runtime_of
from app.core.unit_of_work import UnitOfWork

__all__ = ["UnitOfWork", "Work", "origin_of"]


_MOST_OF_A_USER_AGENT: Final = 255


def origin_of(request: Request) -> Origin:
    """What a client says about itself is cut, and cannot break a line of a log."""
    agent = "".join(filter(str.isprintable, request.headers.get("user-agent", "")))
    return Origin(address_of(request), agent[:_MOST_OF_A_USER_AGENT], request_id_of(request))


async def work_of_request(request: Request) -> AsyncIterator[UnitOfWork]:
    async with runtime_of(request).unit_of_work(partial(origin_of, request)) as work:
        yield work


# scope="function": commit *before* the response is sent. With FastAPI's default a
# client can read "201 Created" of a transaction that then fails to commit.
Work = Annotated[UnitOfWork, Depends(work_of_request, scope="function")]
