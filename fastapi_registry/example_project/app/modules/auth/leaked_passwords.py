"""Whether a password stands in a known leak: Pwned Passwords, asked by five characters (R13).

Only those five of the password's SHA-1 leave this machine, and hundreds of leaked passwords share
them. https://haveibeenpwned.com/API/v3#PwnedPasswords
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha1
from http.client import HTTPException, HTTPResponse
from typing import Final, Literal, TypeAlias
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, Request

import structlog
from anyio import to_thread

from app.core.errors import Busy
from app.modules.auth.exceptions import WeakPassword
from app.modules.auth.password_rules import normalized

WhenDown: TypeAlias = Literal["accept", "refuse"]

log = structlog.get_logger(__name__)

_PREFIX: Final = 5
_LARGEST_ANSWER: Final = 1024 * 1024  # bytes; real ones have some ten thousand


class LeaksUnknown(Exception):
    """The service does not answer, not in time, or not as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakedPasswords:
    url: str
    timeout: timedelta
    when_down: WhenDown

    async def refuse(self, password: str) -> None:
        """Raises `WeakPassword`, or `Busy` if nobody can say and that is to refuse."""
        digest = _digest(password)
        try:
            leaked = digest[_PREFIX:] in await self._leaked_with(digest[:_PREFIX])
        except LeaksUnknown as error:
            log.warning("leaked passwords are unknown", decided=self.when_down, error=str(error))
            if self.when_down == "refuse":
                raise Busy from error
            return
        if leaked:
            raise WeakPassword("This password stands in a list of leaked passwords.")

    async def _leaked_with(self, prefix: str) -> frozenset[str]:
        """The rest of each leaked digest that begins so. Raises `LeaksUnknown`."""
        look = partial(_range, f"{self.url.rstrip('/')}/{prefix}", self.timeout.total_seconds())
        try:
            # Over all: the socket's own time-out begins anew with each byte that comes.
            async with asyncio.timeout(self.timeout.total_seconds()):
                return await to_thread.run_sync(look, abandon_on_cancel=True)
        except (OSError, HTTPException, ValueError) as error:  # a time-out is an OSError
            raise LeaksUnknown(type(error).__name__) from error


def _digest(password: str) -> str:
    """The service knows passwords by SHA-1, which nothing here relies on to hide them."""
    return sha1(normalized(password).encode(), usedforsecurity=False).hexdigest().upper()


def _range(url: str, timeout: float) -> frozenset[str]:
    # No proxies, redirects or files: only the address that the settings name.
    opener = OpenerDirector()
    for handler in (HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    # With made-up lines beside the real ones the size of the answer tells nothing either.
    request = Request(url, headers={"Add-Padding": "true"})  # noqa: S310 - of the settings
    response: HTTPResponse = opener.open(request, timeout=timeout)
    with response:
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        lines = response.read(_LARGEST_ANSWER).decode("ascii").split()
    found = (line.partition(":") for line in lines)
    return frozenset(suffix for suffix, _, count in found if int(count) > 0)
