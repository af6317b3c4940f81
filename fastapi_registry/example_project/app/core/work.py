"""The unit of work of a request, as a dependency."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from app.core.runtime import runtime_of
from app.core.unit_of_work import UnitOfWork

__all__ = ["UnitOfWork", "Work"]


async def work_of_request(request: Request) -> AsyncIterator[UnitOfWork]:
    async with runtime_of(request).unit_of_work() as work:
        yield work


# scope="function": commit *before* the response is sent. With FastAPI's default a
# client can read "201 Created" of a transaction that then fails to commit.
Work = Annotated[UnitOfWork, Depends(work_of_request, scope="function")]
