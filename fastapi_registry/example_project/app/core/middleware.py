"""What every request passes. Pure ASGI: about a microsecond a layer."""

import logging
import re
import sys
import time
import traceback
from typing import Final
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.config import CoreSettings
from app.core.database_schema import SchemaNotUpgraded
from app.core.errors import BlockError
from app.core.problems import problem
from app.core.security_headers import SECURITY_HEADERS, SECURITY_HEADERS_IN_PRODUCTION

log = structlog.get_logger(__name__)
access_log = structlog.get_logger("access")
_access = logging.getLogger("access")

# An id that a client sends ends up in logs: no spaces, line breaks or novels.
_SANE_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def add_middleware(app: FastAPI, settings: CoreSettings) -> None:
    """The last one added is the first that a request meets."""
    if settings.server.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.server.cors_origins,
            allow_credentials=settings.server.cors_credentials,
            allow_methods=settings.server.cors_methods,
            allow_headers=settings.server.cors_headers,
            expose_headers=["X-Request-ID", "Retry-After"],
        )
    app.add_middleware(AnswerEveryError, debug=settings.app.debug)
    app.add_middleware(SecurityHeaders, production=settings.is_production())
    app.add_middleware(RequestContext)
    app.add_middleware(SentenceAtStart)


class SentenceAtStart:
    """A start that fails for a known reason says so in a sentence, not in a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await self._app(scope, receive, send)

        async def send_sentence(message: Message) -> None:
            error = sys.exception()  # Starlette reports it while it handles it
            if message["type"] == "lifespan.startup.failed" and isinstance(
                error, SchemaNotUpgraded
            ):
                message = {"type": "lifespan.startup.failed", "message": str(error)}
            await send(message)

        await self._app(scope, receive, send_sentence)


class RequestContext:
    """An id for each request, in the answer and in every log line, and one access line.

    The server's own access log costs a good part of the throughput and knows no id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id = _request_id(Headers(scope=scope).get("x-request-id"))
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                if _access.isEnabledFor(logging.INFO):  # structlog would first make a logger
                    # The path alone: a query string may carry what should not be there.
                    access_log.info(
                        "request",
                        method=scope["method"],
                        path=scope["path"],
                        status=status,
                        milliseconds=round((time.perf_counter() - started) * 1000, 1),
                    )
                # The caller whom the request turned out to have: the next may have another.
                structlog.contextvars.unbind_contextvars("user_id")


class SecurityHeaders:
    def __init__(self, app: ASGIApp, production: bool) -> None:
        self._app = app
        self._headers = SECURITY_HEADERS_IN_PRODUCTION if production else SECURITY_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._headers.add_to(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, send_with_headers)


class AnswerEveryError:
    """An error that nobody expected: the whole story to the log, an id to the caller."""

    def __init__(self, app: ASGIApp, debug: bool) -> None:
        self._app = app
        self._debug = debug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        has_started = False

        async def noting_the_start(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting_the_start)
        except Exception as error:
            log.exception("unexpected error", path=scope["path"])
            if has_started:
                raise  # half an answer is out: only closing the connection says so
            response = problem(
                Request(scope),
                status=500,
                code=BlockError.code,
                title=BlockError.title,
                detail=BlockError.message,
                extras={"traceback": traceback.format_exception(error)} if self._debug else {},
            )
            await response(scope, receive, send)


def _request_id(given: str | None) -> str:
    if given is not None and _SANE_REQUEST_ID.fullmatch(given):
        return given
    return uuid4().hex
