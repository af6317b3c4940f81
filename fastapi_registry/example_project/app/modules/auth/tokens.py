"""The tokens of a session: a short-lived access token and a rotating refresh token."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Self
from uuid import UUID

import jwt

from app.core.crypto import hmac_sha256, new_token, same
from app.core.errors import InvalidToken
from app.modules.auth import strict_jwt
from app.modules.auth.models import Session, SessionId, UserId
from app.modules.auth.signing_keys import SigningKey

_CLOCK_SKEW_SECONDS = 60
_CLAIMS = {"iss", "aud", "sub", "sid", "jti", "iat", "exp", "auth_time", "amr"}


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a good access token says. Whether its session still lives, only the database knows."""

    user_id: UserId
    session_id: SessionId


@dataclass(frozen=True, kw_only=True)
class AccessTokens:
    """Signs and reads access tokens (RFC 9068)."""

    keys: tuple[SigningKey, ...]
    """The first signs. The others are to come, or were there before: theirs are good too."""
    issuer: str
    audience: str
    lifetime: timedelta

    def issue(self, session: Session, now: datetime) -> str:
        issued_at = int(now.timestamp())
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(session.user_id),
            "sid": str(session.id),
            "jti": new_token(128),
            "iat": issued_at,
            "exp": issued_at + self._seconds,
            "auth_time": int(session.authenticated_at.timestamp()),
            "amr": list(session.methods),
        }
        if session.impersonator_id is not None:
            claims["act"] = {"sub": str(session.impersonator_id)}  # RFC 8693, section 4.1
        key = self.keys[0]
        return jwt.encode(claims, key.private, key.algorithm, headers=dict(key.header))

    def read(self, token: str, now: datetime) -> AccessClaims:
        """Raises `InvalidToken` unless we signed it, as an access token, and it is in time."""
        try:
            said = _what_we_signed(token, self.keys)
            self._check(said, int(now.timestamp()))
        except ValueError as error:
            raise InvalidToken from error
        return said.claims

    def _check(self, said: "_Signed", now: int) -> None:
        if (said.issuer, said.audience) != (self.issuer, self.audience):
            raise ValueError("from or for somebody else")
        issued, expires = said.issued, said.expires
        if not 0 <= said.proved <= issued < expires <= issued + self._seconds:
            raise ValueError("moments that no token of ours has")
        if not issued - _CLOCK_SKEW_SECONDS <= now < expires:
            raise ValueError("not valid now")
        if now < said.not_before:
            raise ValueError("not valid yet")

    @property
    def _seconds(self) -> int:
        return int(self.lifetime.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """What an access token says, each claim of the type that we gave it. Moments in seconds."""

    issuer: object
    audience: object
    proved: int
    issued: int
    expires: int
    not_before: int
    claims: AccessClaims

    @classmethod
    def of(cls, said: strict_jwt.Members) -> Self:
        """Raises `ValueError`."""
        if not said.keys() >= _CLAIMS:
            raise ValueError("a claim is missing")
        if not (isinstance(said["jti"], str) and isinstance(said["amr"], list)):
            raise ValueError("a claim of another type")
        return cls(
            issuer=said["iss"],
            audience=said["aud"],
            proved=_seconds(said["auth_time"]),
            issued=_seconds(said["iat"]),
            expires=_seconds(said["exp"]),
            not_before=_seconds(said.get("nbf", 0)),
            claims=AccessClaims(_uuid(said["sub"]), _uuid(said["sid"])),
        )


# A client shows one token with every request for a quarter of an hour. That we signed it never
# changes; whether it is in time and its session open is asked each time. Bad tokens raise, and
# what raises is not kept: nobody can push out the good ones.
@lru_cache(maxsize=1000)
def _what_we_signed(token: str, keys: tuple[SigningKey, ...]) -> _Signed:
    """Raises `ValueError`."""
    found = strict_jwt.read(token)
    # A token may not choose how it is checked: no other algorithm, no key that it brings
    # along (jwk, jku, x5u), no extension (crit). So its header is exactly one that we write.
    key = next((key for key in keys if key.header == found.header), None)
    if key is None:
        raise ValueError("not a header of ours")
    if not key.has_signed(found.signed, found.signature):
        raise ValueError("not signed by us")
    return _Signed.of(found.claims)


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """Which refresh token of which session this is."""

    session_id: SessionId
    counter: int


@dataclass(frozen=True, kw_only=True)
class RefreshTokens:
    """Makes and reads `v1.<session>.<counter>.<HMAC>`.

    The database keeps only the counter. So a dump of it holds nothing that opens a session, and
    the same successor can be made a second time for a client that lost the first answer.
    """

    keys: Sequence[bytes]
    """The first seals. Seals of the others are good too."""

    def issue(self, session_id: SessionId, counter: int) -> str:
        return _sealed(f"v1.{session_id.hex}.{counter}", self.keys[0])

    def read(self, token: str) -> RefreshClaims:
        """Raises `InvalidToken` unless we made it. Whether it is the newest, the session knows."""
        parts = _REFRESH_TOKEN.fullmatch(token)
        if parts is None:
            raise InvalidToken
        claims = RefreshClaims(UUID(hex=parts["session"]), int(parts["counter"]))
        named = token.rpartition(".")[0]
        # No number has two spellings, and all keys are tried: the time does not tell which fits.
        fits = [same(token, _sealed(named, key)) for key in self.keys]
        if str(claims.counter) != parts["counter"] or not any(fits):
            raise InvalidToken
        return claims


_REFRESH_TOKEN = re.compile(
    r"v1\.(?P<session>[0-9a-f]{32})\.(?P<counter>[0-9]{1,9})\.[A-Za-z0-9_-]{43}", re.ASCII
)


@dataclass(frozen=True, kw_only=True)
class DeviceTokens:
    """Makes and knows `v1.<chance>.<HMAC>`: on this device somebody signed in to the account.

    It opens nothing. It only lets the owner try a password while strangers are made to wait.
    """

    keys: Sequence[bytes]

    def issue(self, account: str) -> str:
        return _sealed(f"v1.{new_token(128)}", self.keys[0], of=account)

    def fits(self, token: str, account: str) -> bool:
        named = token.rpartition(".")[0]
        return any(same(token, _sealed(named, key, of=account)) for key in self.keys)


@dataclass(frozen=True, kw_only=True)
class CsrfTokens:
    """Makes and knows what a page shows to prove that it can read our answers: `v1.<HMAC>`.

    Bound to the session, so that nobody can plant one of their own.
    """

    keys: Sequence[bytes]

    def issue(self, session_id: SessionId) -> str:
        return _sealed("v1", self.keys[0], of=session_id.hex)

    def fits(self, token: str, session_id: SessionId) -> bool:
        return any(same(token, _sealed("v1", key, of=session_id.hex)) for key in self.keys)


def _sealed(named: str, key: bytes, *, of: str = "") -> str:
    seal = hmac_sha256(key, f"{named}\n{of}".encode() if of else named.encode())
    return f"{named}.{urlsafe_b64encode(seal).rstrip(b'=').decode()}"


def _seconds(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("not a whole number of seconds")
    return value


def _uuid(value: object) -> UUID:
    if not isinstance(value, str) or value != str(UUID(value)):
        raise ValueError("not an id of ours")
    return UUID(value)
