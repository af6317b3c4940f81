"""`POST /auth/token` as OAuth has it (RFC 6749): for Swagger's Authorize, and for OAuth clients."""

from dataclasses import dataclass

from app.core.errors import InvalidToken
from app.core.human_checks import Visitor
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
    visitor: Visitor


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
            case PasswordGrant():
                return await _with_password(sign_in, asked, device)
    except (InvalidCredentials, InvalidToken, WrongAnswer) as error:
        raise TokenRequestRefused("invalid_grant", error.detail) from error


async def _with_password(sign_in: SignIn, asked: PasswordGrant, device: Device) -> IssuedTokens:
    name, password, visitor = asked.username, asked.password, asked.visitor
    if asked.code:
        outcome = await sign_in.with_password_and_code(name, password, asked.code, device, visitor)
    else:
        outcome = await sign_in.with_password(name, password, device, visitor)
    match outcome:
        case SignedIn(_, tokens):
            return tokens
        case SecondStepNeeded():
            raise TokenRequestRefused(
                "invalid_grant", "A second factor is set up: send its code as `otp`."
            )
