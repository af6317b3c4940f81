"""The cookies that auth sets, and how browsers must treat them.

All are `__Host-` cookies (RFC 6265bis, section 4.1.3.2): sent over TLS alone, to this very host,
and no neighbour under the same domain can plant one of its own.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from starlette.requests import HTTPConnection
from starlette.responses import Response

ACCESS: Final = "access"
REFRESH: Final = "refresh"
DEVICE: Final = "device"
TRUSTED_DEVICE: Final = "trusted_device"


@dataclass(frozen=True, slots=True)
class Cookies:
    """Sets, reads and clears cookies that no script of a page can read."""

    secure: bool
    """False for plain http on localhost alone, where browsers drop cookies with the prefix."""

    def name(self, of: str) -> str:
        return f"__Host-{of}" if self.secure else of

    def read(self, connection: HTTPConnection, of: str) -> str:
        """Empty if there is none."""
        return connection.cookies.get(self.name(of), "")

    def set(
        self,
        response: Response,
        of: str,
        value: str,
        *,
        lifetime: timedelta,
        same_site: Literal["lax", "strict"] = "strict",
    ) -> None:
        response.set_cookie(
            self.name(of),
            value,
            max_age=int(lifetime.total_seconds()),
            secure=self.secure,
            httponly=True,
            samesite=same_site,
        )

    def clear(self, response: Response, of: str) -> None:
        response.delete_cookie(self.name(of), secure=self.secure, httponly=True, samesite="strict")
