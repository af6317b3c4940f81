"""Whether the app lives, and whether it can work. For load balancers and orchestrators."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.clients.redis import RedisDown
from app.core.routing import operation_id
from app.core.runtime import runtime_of
from app.core.schemas import ApiModel

_PATIENCE_SECONDS: Final = 3.0

router = APIRouter(tags=["health"], generate_unique_id_function=operation_id)


class Alive(ApiModel):
    status: str = "ok"


class Ready(ApiModel):
    status: str
    checks: dict[str, str]


@router.get("/health")
async def alive() -> Alive:
    """The process answers. Touches nothing, so a slow database restarts no container."""
    return Alive()


@router.get("/health/ready", responses={503: {"model": Ready}})
async def ready(request: Request, response: Response) -> Ready:
    """The database and, if configured, Redis answer. 503 with the part that does not."""
    runtime = runtime_of(request)
    checks = {"database": await _outcome(runtime.database.answers())}
    if runtime.redis.is_configured:
        checks["redis"] = await _outcome(runtime.redis.answers())
    all_answer = all(outcome == "ok" for outcome in checks.values())
    response.status_code = 200 if all_answer else 503
    response.headers["Cache-Control"] = "no-store"
    return Ready(status="ok" if all_answer else "unavailable", checks=checks)


async def _outcome(check: Awaitable[None]) -> str:
    """Only that it failed: why may name hosts and users, and anybody may ask."""
    try:
        await asyncio.wait_for(check, _PATIENCE_SECONDS)
    except (DBAPIError, PoolTimeout, RedisDown, OSError, TimeoutError):
        return "unavailable"
    return "ok"
