"""Lists a page at a time: `?skip=20&limit=10`."""

from typing import Annotated, Final

from fastapi import Depends, Query
from pydantic import BaseModel, Field

LARGEST_PAGE: Final = 100  # nobody fetches a whole table with one request
FARTHEST_SKIP: Final = 1_000_000  # a database counts no further than its integers


class PageRequest(BaseModel):
    """Which part of a list is wanted. The list itself needs a stable order."""

    skip: int = Field(0, ge=0, le=FARTHEST_SKIP)
    limit: int = Field(50, ge=1, le=LARGEST_PAGE)


def _page_request(
    skip: Annotated[int, Query(ge=0, le=FARTHEST_SKIP, description="Items to leave out")] = 0,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Items to return")] = 50,
) -> PageRequest:
    return PageRequest(skip=skip, limit=limit)


Paging = Annotated[PageRequest, Depends(_page_request)]
