"""`POST /auth/token` as OAuth has it (RFC 6749): for Swagger's Authorize, and for OAuth clients."""

from dataclasses import dataclass

from app.core.errors import InvalidToken
from app.modules.auth.exceptions import (
    InvalidCredentials,
    TokenRequestRefused,
    WrongAnswer,
)
from app.modules.auth.models import Device
from app.modules.auth.service import IssuedTokens, SecondStepNeeded, Sessions, SignedIn, SignIn


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    username: str
    password: str
    code: str
    """Of a second factor; empty if none was sent."""


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    refresh_token: str


async def grant(
    asked: PasswordGrant | RefreshGrant, sign_in: SignIn, sessions: Sessions, device: Device
) -> IssuedTokens:
    """Raises `TokenRequestRefused`, with the words of OAuth for our reasons."""
    try:
        match asked:
            case RefreshGrant(refresh_token):
                return await sessions.refresh(refresh_token)
            case PasswordGrant(username, password, code):
                return await _with_password(sign_in, username, password, code, device)
    except (InvalidCredentials, InvalidToken, WrongAnswer) as error:
        raise TokenRequestRefused("invalid_grant", error.detail) from error


async def _with_password(
    sign_in: SignIn, username: str, password: str, code: str, device: Device
) -> IssuedTokens:
    if code:
        outcome = await sign_in.with_password_and_code(username, password, code, device)
    else:
        outcome = await sign_in.with_password(username, password, device)
    match outcome:
        case SignedIn(_, tokens):
            return tokens
        case SecondStepNeeded():
            raise TokenRequestRefused(
                "invalid_grant", "A second factor is set up: send its code as `otp`."
            )
