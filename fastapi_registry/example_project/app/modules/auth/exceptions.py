"""What can go wrong in auth.

BlockError
├── Unauthenticated
│   ├── InvalidCredentials          401 invalid_credentials
│   ├── WrongAnswer                 401 wrong_answer
│   └── InvalidToken                401 invalid_token
│       ├── RefreshTokenReplayed    401 token_reused
│       └── SessionExpired          401 session_expired
├── BadRequest
│   ├── InvalidOneTimeToken         400 invalid_or_expired_token
│   ├── InvalidCurrentPassword      400 invalid_current_password
│   ├── InvalidConfirmation         400 invalid_confirmation
│   └── TokenRequestRefused         400 invalid_grant, … (RFC 6749)
├── WeakPassword                    422 weak_password
├── Conflict
│   ├── EmailTaken                  409 email_taken
│   └── LastAdmin                   409 last_admin
├── Forbidden
│   ├── RegistrationClosed          403 registration_closed
│   ├── NotYourOwnSession           403 insufficient_scope
│   └── ForeignRequest              403 csrf_failed
└── NotFound ── SessionNotFound     404 not_found
"""

from collections.abc import Mapping
from typing import ClassVar

from app.core.errors import (
    BlockError,
    Conflict,
    Forbidden,
    InvalidToken,
    NotFound,
    Unauthenticated,
)


class InvalidCredentials(Unauthenticated):
    """Unknown, wrong, unverified, locked, deactivated: never says which.

    Keeps its writes: the failure counts, and the mail about it goes out.
    """

    code, title = "invalid_credentials", "Invalid credentials"
    message = "The e-mail or the password is wrong."
    keeps_writes = True


class WrongAnswer(Unauthenticated):
    """A second factor was answered wrongly. Keeps its writes: the attempt counts."""

    code, title = "wrong_answer", "Wrong answer"
    message = "This is not the right answer."
    keeps_writes = True


class RefreshTokenReplayed(InvalidToken):
    """An old token came back. Keeps its writes: its session was ended just now."""

    code, title = "token_reused", "Token reused"
    message = "This token was used before, so its session has been ended. Sign in again."
    keeps_writes = True


class SessionExpired(InvalidToken):
    code, title = "session_expired", "Session expired"
    message = "This session has ended. Sign in again."


class BadRequest(BlockError):
    status, code, title = 400, "bad_request", "Bad request"
    message = "This cannot be done."


class InvalidOneTimeToken(BadRequest):
    """Unknown, used, expired, replaced, or made for something else: never says which."""

    code, title = "invalid_or_expired_token", "Invalid or expired token"
    message = "This link is not valid any more. Ask for a new one."


class InvalidCurrentPassword(BadRequest):
    """Keeps its writes: guessing here counts like guessing at the login."""

    code, title = "invalid_current_password", "Invalid current password"
    message = "The current password is wrong."
    keeps_writes = True


class InvalidConfirmation(BadRequest):
    code, title = "invalid_confirmation", "Invalid confirmation"
    message = "The confirmation is missing or not the expected word."


class TokenRequestRefused(BadRequest):
    """How OAuth says no: the members of RFC 6749, section 5.2, beside those of RFC 9457."""

    title: ClassVar[str] = "Token request refused"
    keeps_writes = True

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.code = error  # type: ignore[misc]  # each error of the RFC is a code of ours

    @property
    def extras(self) -> Mapping[str, object]:
        return {"error": self.code, "error_description": self.detail}


class WeakPassword(BlockError):
    """Says why, never what: the password must not come back in an answer."""

    status, code, title = 422, "weak_password", "Weak password"
    message = "Choose another password."


class EmailTaken(Conflict):
    code, title = "email_taken", "E-mail taken"
    message = "There is an account with this e-mail."


class LastAdmin(Conflict):
    """Nobody could make another one, but from a terminal of the server."""

    code, title = "last_admin", "Last admin"
    message = "This is the last admin. Make another one first."


class RegistrationClosed(Forbidden):
    code, title = "registration_closed", "Registration closed"
    message = "New accounts are by invitation only."


class NotYourOwnSession(Forbidden):
    message = "Only the owner of this account can do this."


class ForeignRequest(Forbidden):
    """Another site may have made a browser send this."""

    code, title = "csrf_failed", "Not from here"
    message = "This request does not come from a page that may ask for it."

    @property
    def headers(self) -> Mapping[str, str]:
        return {}  # no token would help


class SessionNotFound(NotFound):
    """Also for somebody else's session: nobody learns which ids exist."""

    message = "You have no such session."
