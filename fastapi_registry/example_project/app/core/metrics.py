"""`/metrics` for Prometheus: how many requests, how long they took, and how they ended.

Only with `METRICS_ENABLED`, and with the package `prometheus-client`, which is not among
the dependencies: OpenTelemetry tells the same without it.
"""

import os
import time
from importlib import import_module
from secrets import compare_digest
from typing import Final, Protocol

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.config import InvalidSettings
from app.core.errors import Unauthenticated

# A path that leads nowhere names no row: whoever tries many would fill the memory.
_NO_ROUTE: Final = "(none)"


class Durations(Protocol):
    """A histogram of prometheus-client."""

    def labels(self, method: str, route: str, status: int) -> "Durations": ...

    def observe(self, amount: float) -> None: ...


def add_metrics(app: FastAPI, token: str) -> None:
    """Raises `InvalidSettings` where the package is missing."""
    try:
        prometheus = import_module("prometheus_client")
    except ImportError as error:
        problem = "METRICS_ENABLED needs a package: add `prometheus-client` to your dependencies"
        raise InvalidSettings([problem]) from error
    registry = prometheus.CollectorRegistry()
    durations = prometheus.Histogram(
        "http_request_duration_seconds",
        "Requests by route, up to the last byte of the answer.",
        ("method", "route", "status"),
        registry=registry,
    )
    app.add_middleware(RequestDurations, durations=durations)

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        """Routes and error rates are the business of whoever has the token, and nobody else's."""
        shown = request.headers.get("authorization", "")
        if token and not compare_digest(shown.encode(), f"Bearer {token}".encode()):
            raise Unauthenticated
        return Response(
            prometheus.generate_latest(_of_all_workers() or registry),
            media_type=prometheus.CONTENT_TYPE_LATEST,
        )


class RequestDurations:
    def __init__(self, app: ASGIApp, durations: Durations) -> None:
        self._app = app
        self._durations = durations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = time.perf_counter()
        status = 500

        async def noting_the_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_the_status)
        finally:
            taken = time.perf_counter() - started
            self._durations.labels(scope["method"], _route(scope), status).observe(taken)


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", _NO_ROUTE))


def _of_all_workers() -> object | None:
    """What all processes have counted, where they were told to share it in a folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return None
    shared: object = import_module("prometheus_client").CollectorRegistry()
    import_module("prometheus_client.multiprocess").MultiProcessCollector(shared)
    return shared
