"""What a client gets when somebody signs in. For auth's routes, and for those of second factors."""

from datetime import timedelta
from typing import Final, TypeAlias

from fastapi import Response

from app.modules.auth import schemas
from app.modules.auth.composition import Auth
from app.modules.auth.cookies import DEVICE
from app.modules.auth.models import User
from app.modules.auth.service import IssuedTokens, SecondStepNeeded, SignedIn

TokensAnswer: TypeAlias = schemas.AccessTokensResponse | schemas.SessionCookiesResponse
LoginAnswer: TypeAlias = (
    schemas.LoginResponse | schemas.CookieLoginResponse | schemas.TwoFactorRequired
)

_DEVICE_IS_KNOWN_FOR: Final = timedelta(days=180)


def login_answer(
    outcome: SignedIn | SecondStepNeeded, auth: Auth, response: Response
) -> LoginAnswer:
    match outcome:
        case SignedIn(user, tokens):
            _remember_device(user, auth, response)
            shown = schemas.UserResponse.model_validate(user)
            answer = tokens_answer(tokens, auth, response)
            if isinstance(answer, schemas.SessionCookiesResponse):
                return schemas.CookieLoginResponse(user=shown, **answer.model_dump())
            return schemas.LoginResponse(user=shown, **answer.model_dump())
        case SecondStepNeeded(token, factors, expires_at):
            return schemas.TwoFactorRequired(
                two_factor_token=token,
                methods=list(factors),
                preferred_method=factors[0],
                allow_backup_codes="backup_code" in factors,
                expires_at=expires_at,
            )


def tokens_answer(tokens: IssuedTokens, auth: Auth, response: Response) -> TokensAnswer:
    """In the body or in cookies, never in both: what a script can read, it can give away."""
    expires_in = int(tokens.expires_in.total_seconds())
    if not auth.by_cookie:
        return schemas.AccessTokensResponse(
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            expires_in=expires_in,
        )
    csrf_token = auth.browsers.keep(
        response, tokens.access_token, tokens.refresh_token, until=auth.lifetimes.session_idle
    )
    return schemas.SessionCookiesResponse(expires_in=expires_in, csrf_token=csrf_token)


def _remember_device(user: User, auth: Auth, response: Response) -> None:
    """It opens nothing, but gives the owner tries of their own while strangers guess."""
    if not auth.device_tokens.fits(auth.device_token, user.email_key):
        token = auth.device_tokens.issue(user.email_key)
        auth.browsers.cookies.set(response, DEVICE, token, lifetime=_DEVICE_IS_KNOWN_FOR)
