"""Who is calling. Core has the word; a block such as auth knows the answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

import structlog
from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from app.core.audit_trail import AccessDenied
from app.core.blocks import ExtensionPoint
from app.core.errors import BlockError, PermissionMissing, Unauthenticated
from app.core.work import Work


@dataclass(frozen=True, kw_only=True)
class Caller:
    user_id: UUID
    session_id: UUID | None
    permissions: frozenset[str]
    is_admin: bool
    authenticated_at: datetime
    """When the password or a factor was last proved. Refreshing a token does not move it."""
    methods: tuple[str, ...]
    """How, in the words of RFC 8176: `pwd`, `otp`, …"""
    duty: BlockError | None = None
    """What they must do before anything else, as the error that says so."""
    impersonator_id: UUID | None = None
    """Who really sits there, while somebody acts for the user (RFC 8693, section 4.1)."""

    def may(self, permission: str) -> bool:
        return self.is_admin or permission in self.permissions


class CallerSource(Protocol):
    async def identify(self, request: Request) -> Caller | None:
        """Who is calling, or `None` if the request carries nothing of this source.

        Raises `InvalidToken` for credentials that are wrong: another source must not
        get a chance to read them differently.
        """


CALLERS = ExtensionPoint[CallerSource]("core.caller")


class CallerOfRequest(SecurityBase):
    """A dependency. As a security scheme, so that the docs show which routes take a token."""

    model = HTTPBearer()
    scheme_name = "Bearer"

    async def __call__(self, request: Request, work: Work) -> Caller | None:
        for source in work.all(CALLERS):
            if (caller := await source.identify(request)) is not None:
                work.caller = caller
                structlog.contextvars.bind_contextvars(user_id=str(caller.user_id))
                return caller
        return None


OptionalCaller = Annotated[Caller | None, Depends(CallerOfRequest())]


async def current_caller(caller: OptionalCaller) -> Caller:
    """With nobody to answer it is 401, never a made-up user."""
    if caller is None:
        raise Unauthenticated
    if caller.duty is not None:
        raise caller.duty
    return caller


CurrentCaller = Annotated[Caller, Depends(current_caller)]


def require(permission: str) -> Callable[[Caller, Work], Awaitable[Caller]]:
    """A dependency: the caller, who must hold `permission`."""

    async def caller_with_permission(caller: CurrentCaller, work: Work) -> Caller:
        if not caller.may(permission):
            await work.publish(AccessDenied(permission=permission))
            raise PermissionMissing(permission)
        return caller

    return caller_with_permission
