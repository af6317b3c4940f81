"""Headers that tell a browser what not to do with our answers."""

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


def add_security_headers(headers: MutableHeaders, *, production: bool = False) -> None:
    """Add what is not set: a route may know better."""
    for name, value in (_ALWAYS | _IN_PRODUCTION if production else _ALWAYS).items():
        headers.setdefault(name, value)
