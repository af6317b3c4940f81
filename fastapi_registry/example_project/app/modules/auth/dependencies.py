"""What auth's endpoints, and yours, ask for in their signature."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import OAuth2, OAuthFlowPassword, OAuthFlows
from fastapi.security.base import SecurityBase

from app.core.caller import CurrentCaller, OptionalCaller
from app.core.docs import API_PREFIX
from app.core.errors import InvalidToken, ReauthenticationRequired, Unauthenticated
from app.core.work import Work
from app.modules.auth.callers import SessionCallers
from app.modules.auth.composition import Auth, browsers
from app.modules.auth.cookies import DEVICE, TRUSTED_DEVICE
from app.modules.auth.exceptions import NotYourOwnSession
from app.modules.auth.models import SignedInUser, User


async def auth_of_request(request: Request, work: Work) -> Auth:
    """Raises `ForeignRequest` where another site makes a browser ask."""
    visiting = browsers(work)
    by_cookie = visiting.sent(request)
    if by_cookie:
        visiting.refuse_other_sites(request)
    return Auth(
        work,
        device_token=visiting.cookies.read(request, DEVICE),
        trusted_device_token=visiting.cookies.read(request, TRUSTED_DEVICE),
        by_cookie=by_cookie,
    )


class Enrolling(SecurityBase):
    """Whoever calls with a session. An API key is a caller too, but no session: 401.

    As a security scheme, "Authorize" in Swagger fetches a token with e-mail and password.
    """

    model = OAuth2(
        flows=OAuthFlows(
            password=OAuthFlowPassword(
                tokenUrl=f"{API_PREFIX}/auth/token", refreshUrl=f"{API_PREFIX}/auth/token"
            )
        )
    )
    scheme_name = "Password"

    async def __call__(self, request: Request, caller: OptionalCaller) -> SignedInUser:
        found: SignedInUser | None = getattr(request.state, "signed_in", None)
        if caller is None or found is None or found.session.id != caller.session_id:
            raise Unauthenticated
        return found


enrolling = Enrolling()


async def signed_in(
    found: Annotated[SignedInUser, Depends(enrolling)], _: CurrentCaller
) -> SignedInUser:
    return found


async def current_user(found: Annotated[SignedInUser, Depends(signed_in)]) -> User:
    return found.user


async def by_the_owner(found: Annotated[SignedInUser, Depends(enrolling)]) -> None:
    """Raises `NotYourOwnSession` where somebody acts for the user."""
    if found.session.impersonator_id is not None:
        raise NotYourOwnSession


OwnerOnly = Depends(by_the_owner)


async def freshly_enrolling(
    found: Annotated[SignedInUser, Depends(enrolling)],
    _: Annotated[None, OwnerOnly],
    auth: Annotated[Auth, Depends(auth_of_request)],
) -> SignedInUser:
    """Never for who acts for the user, however fresh the session.

    Raises `ReauthenticationRequired`, also where a factor is set up and was not proved.
    Else a stolen password were enough to remove the factor.
    """
    step_up, session = auth.lifetimes.step_up, found.session
    proved = session.is_proved_twice or not await auth.factors.enrolled(found.user.id)
    if not (proved and session.is_fresh(auth.work.now(), within=step_up)):
        raise ReauthenticationRequired(step_up)
    return found


async def freshly_signed_in(
    found: Annotated[SignedInUser, Depends(freshly_enrolling)], _: CurrentCaller
) -> SignedInUser:
    return found


async def maybe_signed_in(request: Request, work: Work) -> SignedInUser | None:
    """For a logout, where an access token that has expired is no reason to refuse."""
    try:
        await SessionCallers(work).identify(request)
    except InvalidToken:
        return None
    found: SignedInUser | None = getattr(request.state, "signed_in", None)
    return found


CurrentAuth = Annotated[Auth, Depends(auth_of_request)]
CurrentUser = Annotated[User, Depends(current_user)]
CurrentSession = Annotated[SignedInUser, Depends(signed_in)]
MaybeSession = Annotated[SignedInUser | None, Depends(maybe_signed_in)]
FreshSession = Annotated[SignedInUser, Depends(freshly_signed_in)]
"""For what an unlocked laptop must not allow: the password or a factor was proved just now."""
EnrollingSession = Annotated[SignedInUser, Depends(enrolling)]
"""Also for who must do something before anything else, and does it by this very request."""
FreshEnrollingSession = Annotated[SignedInUser, Depends(freshly_enrolling)]
