"""From settings and blocks to an app: a whole one, or into one that is already there."""

import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app.core.blocks import Block
from app.core.config import CoreSettings
from app.core.database_schema import upgrade_at_start
from app.core.docs import complete_the_docs
from app.core.errors import BlockError
from app.core.health import router as health
from app.core.logging_config import configure_logging
from app.core.metrics import add_metrics
from app.core.middleware import add_middleware
from app.core.problems import answer_block_error, install_problem_handlers
from app.core.runtime import Runtime, build_runtime
from app.core.startup import refuse_insecure


def create_app(
    settings: CoreSettings, blocks: Sequence[Block], *, runtime: Runtime | None = None
) -> FastAPI:
    """A whole app: the blocks, health, docs, problem+json and the middleware.

    Raises `InsecureSettings`, in every environment, for what would be dangerous.
    """
    refuse_insecure(settings, blocks)
    configure_logging(settings)
    runtime = runtime or build_runtime(settings, blocks)
    shows_docs = _shows_docs(settings)
    app = FastAPI(
        title=settings.app.name,
        version=settings.app.version,
        description=settings.app.description,
        openapi_url="/openapi.json" if shows_docs else None,
        docs_url="/docs" if shows_docs else None,
        redoc_url=None,
        # `/items/` is another path than `/items`, and a 404. A redirect would lead to whatever
        # host the request names, with the body.
        redirect_slashes=False,
        telemetry={"auto_configure": True},  # the standard variables of OpenTelemetry rule
        lifespan=_lifespan,
    )
    install_problem_handlers(app)
    add_middleware(app, settings)
    app.include_router(health)
    if settings.metrics.enabled:
        add_metrics(app, settings.metrics.token.get_secret_value())
    _include_blocks(app, runtime, settings.server.api_prefix)
    return app


def attach(
    app: FastAPI, settings: CoreSettings, blocks: Sequence[Block], *, prefix: str | None = None
) -> None:
    """The blocks into an app that somebody else built. A second call changes nothing.

    Nothing app-wide changes: no middleware, no docs, no health, and the one handler that
    is added is for errors that only blocks raise. So a slash too many is redirected, or not,
    as everywhere in that app.

    Raises `InsecureSettings`.
    """
    if isinstance(getattr(app.state, "blocks", None), Runtime):
        return
    refuse_insecure(settings, blocks)
    app.add_exception_handler(BlockError, answer_block_error)
    api_prefix = settings.server.api_prefix if prefix is None else prefix
    _include_blocks(app, build_runtime(settings, blocks), api_prefix)


def _shows_docs(settings: CoreSettings) -> bool:
    asked = settings.app.docs_enabled
    return not settings.is_production() if asked is None else asked


def _include_blocks(app: FastAPI, runtime: Runtime, prefix: str) -> None:
    app.state.blocks = runtime

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with app.state.blocks.lifespan():
            yield

    # Not through a router for all of them: FastAPI tries the routes again on each level.
    for block in runtime.blocks:
        if block.well_known is not None:
            app.include_router(block.well_known)
        if block.router is not None:
            app.include_router(block.router, prefix=prefix)
    app.include_router(APIRouter(lifespan=lifespan))
    complete_the_docs(app, prefix)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    await upgrade_at_start(app.state.blocks)
    # What was imported stays for good: the collector need not walk through it again
    # and again in the middle of requests.
    gc.collect()
    gc.freeze()
    yield
