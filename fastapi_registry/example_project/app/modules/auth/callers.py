"""Who is calling: auth's answer to core's question."""

from datetime import datetime

from fastapi import Request

from app.core.caller import Caller
from app.core.errors import BlockError, InvalidToken
from app.core.work import UnitOfWork
from app.modules.auth.browsers import bearer_token
from app.modules.auth.composition import access_tokens, browsers
from app.modules.auth.cookies import ACCESS
from app.modules.auth.interfaces import DUTIES, PERMISSIONS, Grants
from app.modules.auth.models import IMPERSONATE, SessionId, SignedInUser
from app.modules.auth.repositories import SessionRepository, UserRepository
from app.modules.auth.service import Account
from app.modules.auth.settings import AuthSettings


class SessionCallers:
    """Knows callers by their access token, and by the session that it names.

    The signature alone is not enough: after a logout, a changed password or a deactivation the
    token would go on for minutes. So each request looks at session and user, in one SELECT.
    """

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def identify(self, request: Request) -> Caller | None:
        """Raises `InvalidToken`, or `ForeignRequest` for a write that only cookies vouch for."""
        token = self._token_of(request)
        if token is None:
            return None
        found = await self._signed_in(token)
        request.state.signed_in = found
        grants = await self._grants(found)
        return Caller(
            user_id=found.user.id,
            session_id=found.session.id,
            permissions=grants.permissions,
            is_admin=found.user.is_admin and found.session.impersonator_id is None,
            impersonator_id=found.session.impersonator_id,
            authenticated_at=found.session.authenticated_at,
            methods=found.session.methods,
            duty=await self._duty(found, grants),
        )

    def _token_of(self, request: Request) -> str | None:
        visiting = browsers(self._work)
        if visiting.mode != "cookie" and (token := bearer_token(request)) is not None:
            return token
        if visiting.mode == "bearer" or not visiting.has_session_cookies(request):
            return None
        visiting.refuse_forgery(request)
        return visiting.cookies.read(request, ACCESS) or None

    async def _signed_in(self, token: str) -> SignedInUser:
        now = self._work.now()
        claims = access_tokens(self._work).read(token, now)
        found = await self._open_session(claims.session_id, now)
        if found.user.id != claims.user_id:
            raise InvalidToken
        return found

    async def _open_session(self, session_id: SessionId, now: datetime) -> SignedInUser:
        found = await SessionRepository(self._work).with_user(session_id)
        idle = self._work.section(AuthSettings).lifetimes.session_idle
        if found is None or not found.user.may_sign_in or not found.session.is_open(now, idle=idle):
            raise InvalidToken
        return found

    async def _duty(self, found: SignedInUser, grants: Grants) -> BlockError | None:
        """What the user owes. Nobody can do it for them, nor is kept from helping by it."""
        if found.session.impersonator_id is not None:
            return None
        duties = [await duty.owed_by(found, grants) for duty in self._work.all(DUTIES)]
        return next((owed for owed in duties if owed), None)

    async def _grants(self, found: SignedInUser) -> Grants:
        """What the user may do; and where somebody acts for them, only what both may."""
        grants = await self._account.grants(found.user.id)
        if found.session.impersonator_session_id is None:
            return grants
        # A signed-out or demoted impersonator is nobody, whatever the session would still allow.
        other = await self._open_session(found.session.impersonator_session_id, self._work.now())
        if other.user.is_admin:
            return grants
        theirs = await self._account.grants(other.user.id)
        if IMPERSONATE not in theirs.permissions:
            raise InvalidToken
        return grants.within(theirs)

    @property
    def _account(self) -> Account:
        users = UserRepository(self._work)
        return Account(users=users, permissions=self._work.all(PERMISSIONS))
