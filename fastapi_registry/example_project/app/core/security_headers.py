"""Headers that tell a browser what not to do with our answers."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders

_ALWAYS: Final = {
    # A browser must not guess that a JSON answer is HTML, and run what is in it.
    "X-Content-Type-Options": "nosniff",
    # Addresses may hold ids: no other site learns them from `Referer`.
    "Referrer-Policy": "no-referrer",
    # Nobody shows our pages in a frame to steal clicks on them.
    "Content-Security-Policy": "frame-ancestors 'none'",
}

# Only where TLS is certain: on localhost it would lock a developer out of plain HTTP.
_IN_PRODUCTION: Final = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


# Most answers hold tokens or personal data: no cache keeps one.
_NOT_CACHED: Final = {"Cache-Control": "no-store"}


class MissingHeaders:
    """Headers for answers that do not have them: a route may know better."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    def add_to(self, headers: MutableHeaders) -> None:
        present = {name for name, _ in headers.raw}
        headers.raw.extend(each for each in self._raw if each[0] not in present)


SECURITY_HEADERS: Final = MissingHeaders(_ALWAYS)
SECURITY_HEADERS_IN_PRODUCTION: Final = MissingHeaders(_ALWAYS | _IN_PRODUCTION)
SECURITY_HEADERS_OF_BLOCKS: Final = MissingHeaders(_ALWAYS | _NOT_CACHED)
