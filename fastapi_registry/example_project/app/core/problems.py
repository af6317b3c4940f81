"""Every error as `application/problem+json` (RFC 9457), and never with what was sent.

FastAPI's own 422 repeats the input, and with it the password. Here only the place, a code
and a sentence are told.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.core.errors import BlockError, InvalidRequest
from app.core.security_headers import SECURITY_HEADERS

log = structlog.get_logger(__name__)

_CODES: Final = {401: "not_authenticated", 403: "insufficient_scope", 503: "busy"}


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def request_id_of(request: Request) -> str:
    """The id that the middleware gave the request, or a new one where none runs."""
    state = request.scope.setdefault("state", {})
    return str(state.setdefault("request_id", uuid4().hex))


def problem(
    request: Request,
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    extras: Mapping[str, object] | None = None,
) -> ProblemResponse:
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "requestId": request_id_of(request),
    }
    # An error answer may say something about a person: no cache keeps it.
    all_headers = {"Cache-Control": "no-store", **(headers or {})}
    answer = ProblemResponse(body | dict(extras or {}), status_code=status, headers=all_headers)
    SECURITY_HEADERS.add_to(answer.headers)
    return answer


async def answer_block_error(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, BlockError)
    return problem(
        request,
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        headers=error.headers,
        extras=error.extras,
    )


async def answer_invalid_request(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    return await answer_block_error(request, InvalidRequest(told(error.errors())))


async def answer_http_exception(request: Request, error: Exception) -> ProblemResponse:
    """What FastAPI and the user's own routes raise: 404, 405, `HTTPException(418)`."""
    assert isinstance(error, HTTPException)
    title = _phrase(error.status_code)
    return problem(
        request,
        status=error.status_code,
        code=_CODES.get(error.status_code, title.lower().replace(" ", "_").replace("'", "")),
        title=title,
        detail=str(error.detail),
        headers=error.headers,
    )


async def answer_unexpected(request: Request, error: Exception) -> ProblemResponse:
    """The error itself is for the log alone: its text may hold anything."""
    return problem(
        request,
        status=500,
        code=BlockError.code,
        title=BlockError.title,
        detail=BlockError.message,
    )


def told(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Place, code and sentence of each error. `input` and `ctx` hold what was sent: left out."""
    return [
        {
            "pointer": "/" + "/".join(_escaped(part) for part in error["loc"]),
            "code": str(error["type"]),
            "message": str(error["msg"]).removeprefix("Value error, "),
        }
        for error in errors
    ]


def install_problem_handlers(app: FastAPI) -> None:
    """For an app that is all ours: every error of every route."""
    app.add_exception_handler(BlockError, answer_block_error)
    app.add_exception_handler(RequestValidationError, answer_invalid_request)
    app.add_exception_handler(HTTPException, answer_http_exception)
    app.add_exception_handler(Exception, answer_unexpected)


def _escaped(part: object) -> str:
    """As in a JSON pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
