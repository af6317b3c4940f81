"""Who is calling: auth's answer to core's question."""

from fastapi import Request

from app.core.caller import Caller
from app.core.errors import InvalidToken
from app.core.work import UnitOfWork
from app.modules.auth.composition import access_tokens, browsers
from app.modules.auth.cookies import ACCESS
from app.modules.auth.interfaces import DUTIES, PERMISSIONS
from app.modules.auth.models import SignedInUser
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
        grants = await self._account.grants(found.user.id)
        duties = [await duty.owed_by(found, grants) for duty in self._work.all(DUTIES)]
        return Caller(
            user_id=found.user.id,
            session_id=found.session.id,
            permissions=grants.permissions,
            is_admin=found.user.is_admin,
            authenticated_at=found.session.authenticated_at,
            methods=found.session.methods,
            duty=next((owed for owed in duties if owed), None),
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
        found = await SessionRepository(self._work).with_user(claims.session_id)
        if found is None or found.user.id != claims.user_id or not found.user.may_sign_in:
            raise InvalidToken
        idle = self._work.section(AuthSettings).lifetimes.session_idle
        if not found.session.is_open(now, idle=idle):
            raise InvalidToken
        return found

    @property
    def _account(self) -> Account:
        users = UserRepository(self._work)
        return Account(users=users, permissions=self._work.all(PERMISSIONS))


def bearer_token(request: Request) -> str | None:
    """From the header alone: what stands in a URL ends in logs and histories (RFC 6750, 5.3)."""
    given = request.headers.getlist("authorization")
    if len(given) > 1:
        raise InvalidToken  # two readers might choose two different ones
    scheme, _, token = (given[0] if given else "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
