"""What can go wrong in a way that the caller should know about.

    BlockError
    ├── InvalidRequest            422 validation_error
    ├── BodyTooLarge              413 body_too_large
    ├── UnsupportedMediaType      415 unsupported_media_type
    ├── NotFound                  404 not_found
    ├── Conflict                  409 conflict
    ├── Unauthenticated           401 not_authenticated
    │   ├── InvalidToken          401 invalid_token
    │   └── ReauthenticationRequired  401 reauthentication_required
    ├── Forbidden                 403 insufficient_scope
    │   └── PermissionMissing     403 insufficient_scope, remembered
    ├── TooManyRequests           429 rate_limited
    └── Busy                      503 busy

Blocks raise subclasses named for what happened, never `HTTPException`: so a service can be
called from a command or a job too. `core/problems.py` makes the answer of them.
"""

from collections.abc import Mapping
from datetime import timedelta
from math import ceil
from typing import ClassVar


class BlockError(Exception):
    """An error with a sentence for the caller."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"
    message: ClassVar[str] = "Something went wrong on our side."
    """What is said where the one who raises says nothing better."""

    keeps_writes: ClassVar[bool] = False
    """Whether what was written before the error is committed all the same.

    True for a *recorded outcome* (a failed sign-in counts towards the limit), false for a
    failure: the unit of work rolls back.
    """

    def __init__(self, message: str | None = None) -> None:
        self.detail = message or self.message
        super().__init__(self.detail)

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers that the answer carries."""
        return {}

    @property
    def extras(self) -> Mapping[str, object]:
        """Members of the answer beside the standard ones (RFC 9457, section 3.2)."""
        return {}


class InvalidRequest(BlockError):
    status, code, title = 422, "validation_error", "Invalid request"
    message = "The request does not have the expected form."

    def __init__(self, errors: list[dict[str, str]], message: str | None = None) -> None:
        super().__init__(message)
        self.errors = errors

    @property
    def extras(self) -> Mapping[str, object]:
        return {"errors": self.errors}


class BodyTooLarge(BlockError):
    status, code, title = 413, "body_too_large", "Body too large"
    message = "The body is larger than anything that is expected here."


class UnsupportedMediaType(BlockError):
    status, code, title = 415, "unsupported_media_type", "Unsupported media type"
    message = "Send the body as `Content-Type: application/json`."


class NotFound(BlockError):
    status, code, title = 404, "not_found", "Not found"
    message = "There is nothing here."


class Conflict(BlockError):
    status, code, title = 409, "conflict", "Conflict"
    message = "This contradicts what is already there."


class Unauthenticated(BlockError):
    """Nobody is signed in. Without credentials the challenge names no error (RFC 6750, 3.1)."""

    status, code, title = 401, "not_authenticated", "Not authenticated"
    message = "Sign in to do this."

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class InvalidToken(Unauthenticated):
    code, title = "invalid_token", "Invalid token"
    message = "The token is invalid or has expired."

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class ReauthenticationRequired(Unauthenticated):
    """The session is good, but its last proof of identity is too old (RFC 9470)."""

    code, title = "reauthentication_required", "Reauthentication required"
    message = "Confirm that it is you to do this."

    def __init__(self, max_age: timedelta, message: str | None = None) -> None:
        super().__init__(message)
        self.max_age = max_age

    @property
    def headers(self) -> Mapping[str, str]:
        seconds = int(self.max_age.total_seconds())
        challenge = f'Bearer error="insufficient_user_authentication", max_age="{seconds}"'
        return {"WWW-Authenticate": challenge}


class Forbidden(BlockError):
    status, code, title = 403, "insufficient_scope", "Forbidden"
    message = "You may not do this."

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}


class PermissionMissing(Forbidden):
    keeps_writes = True  # that somebody tried is what an audit trail is for

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission `{permission}`.")


class TooManyRequests(BlockError):
    status, code, title = 429, "rate_limited", "Too many requests"
    message = "Too many requests. Try again later."

    def __init__(self, retry_after: timedelta, message: str | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        # Rounded up: who waits exactly as long as told must be let in.
        return {"Retry-After": str(max(1, ceil(self.retry_after.total_seconds())))}


class Busy(BlockError):
    status, code, title = 503, "busy", "Busy"
    message = "The service is busy. Try again in a moment."

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": "1"}
