"""Routers of the blocks: problem+json, limits, strict bodies, stable operation ids.

All of it sits in the routes, so it also holds on an app that somebody else built, and
changes nothing for that app's own routes.
"""

import re
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from fastapi import APIRouter, Request, Response, params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Message

from app.core.docs import PROBLEMS
from app.core.errors import BodyTooLarge, InvalidRequest, UnsupportedMediaType
from app.core.limits import default_limit
from app.core.problems import told
from app.core.security_headers import SECURITY_HEADERS_OF_BLOCKS

LARGEST_BODY: Final = 1024 * 1024  # bytes; nothing that a block expects comes near

_ANOTHER_CHARSET: Final = re.compile(r'charset(?!="?utf-8"?\s*(?:;|$))', re.IGNORECASE)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class BlockRoute(APIRoute):
    def get_route_handler(self) -> Handler:
        answer = super().get_route_handler()
        wants_json, takes_files = self._wants_json(), self._takes_files()
        has_body = self.body_field is not None

        async def answer_or_refuse(request: Request) -> Response:
            await default_limit(request)
            if wants_json:
                refuse_other_than_json(request)
            elif has_body:
                refuse_other_charsets(request)
            if has_body and not takes_files:
                request = await bounded(request)
            try:
                response = await answer(request)
            except RequestValidationError as error:
                # Raised, not answered: the unit of work must see a failure and roll back.
                raise InvalidRequest(told(error.errors())) from error
            SECURITY_HEADERS_OF_BLOCKS.add_to(response.headers)
            return response

        return answer_or_refuse

    def _wants_json(self) -> bool:
        body = self.body_field
        return body is not None and not isinstance(body.field_info, params.Form)

    def _takes_files(self) -> bool:
        """Which are as large as they are: whoever takes them sets the bound."""
        body = self.body_field
        return body is not None and isinstance(body.field_info, params.File)


class BlockRouter(APIRouter):
    """An `APIRouter` for a block. Give it a tag: operation ids begin with it."""

    def __init__(self, *, prefix: str = "", tags: list[str], **options: Any) -> None:
        super().__init__(
            prefix=prefix,
            tags=list(tags),
            responses=PROBLEMS,
            route_class=BlockRoute,
            generate_unique_id_function=operation_id,
            **options,
        )


def operation_id(route: APIRoute) -> str:
    """`auth_login`: what a generated client calls its method. Stable while names are."""
    tag = str(route.tags[0]).replace("-", "_").replace(" ", "_")
    return f"{tag}_{route.name}"


def refuse_other_than_json(request: Request) -> None:
    """A form or `text/plain` can be posted by any web page without asking first (CORS).

    Raises `UnsupportedMediaType`. A request without a body needs no content type.
    """
    length = request.headers.get("content-length")
    has_body = length not in (None, "0") or "transfer-encoding" in request.headers
    if has_body and not is_json(request.headers.get("content-type", "")):
        raise UnsupportedMediaType


def refuse_other_charsets(request: Request) -> None:
    """A form is decoded by any codec of Python that its sender names.

    There are some that make halves of characters, and `punycode` takes minutes for a megabyte.
    Raises `UnsupportedMediaType`.
    """
    content_type = request.headers.get("content-type", "").strip().lower()
    if content_type.startswith("multipart/") and _ANOTHER_CHARSET.search(content_type):
        raise UnsupportedMediaType("Send the form in UTF-8.")


async def bounded(request: Request) -> Request:
    """The same request with its body read, which FastAPI would do however large it is.

    Raises `BodyTooLarge`.
    """
    size = 0

    async def receive() -> Message:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise BodyTooLarge
        return message

    same = Request(request.scope, receive)
    with suppress(ClientDisconnect):  # FastAPI meets it again, and answers nobody
        await same.body()
    return same


def is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
