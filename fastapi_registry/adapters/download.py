"""One GET after another from one origin, none of which takes longer or brings more than agreed.

RegistryError
├── Unreachable ........... no answer, a late one, half of one, or "try again later"
├── Refused ............... an answer that is no: 401, 403, 404, …
├── RedirectedElsewhere ... to another origin
└── TooLarge

The server may be hostile. So nothing is read beyond its limit, nothing is decompressed (a few
kilobytes can become gigabytes), and a redirect is followed on the very same origin only, or to
the one other that the registry is known to send on to, which is not sent the token.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Final, NamedTuple
from urllib.parse import quote

import httpx2

from fastapi_registry.adapters.limits import LIMITS, Limits
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.registry_url import is_loopback
from fastapi_registry.version import VERSION

_MOST_REDIRECTS: Final = 3
_HEADERS: Final = {"User-Agent": f"fastapi-blocks/{VERSION}", "Accept-Encoding": "identity"}
_NOT_MODIFIED: Final = 304
_LATER: Final = frozenset({429, 500, 502, 503, 504})


class Unreachable(RegistryError):
    def __init__(self, label: str, why: str) -> None:
        super().__init__(
            f"`{label}` cannot be reached: {why}",
            hint="check the network and the address of the registry, then run it again",
        )


class Refused(RegistryError):
    def __init__(self, label: str, status: int, path: str, hint: str) -> None:
        super().__init__(f"`{label}` answers {status} for `{path}`", hint=hint)


class RedirectedElsewhere(RegistryError):
    def __init__(self, label: str, origin: str) -> None:
        super().__init__(
            f"`{label}` sends on to `{origin}`, which is another place",
            hint="a redirect is followed on the same host only; if you trust that one, add it "
            "with `fastapi-blocks registry add`",
        )


class TooLarge(RegistryError):
    def __init__(self, label: str, path: str, most_bytes: int) -> None:
        super().__init__(
            f"`{label}` sends more than {most_bytes:,} bytes for `{path}`",
            hint="report it to whoever publishes this registry",
        )


class Fetched(NamedTuple):
    content: bytes
    etag: str


@dataclass(frozen=True)
class Remote:
    """A registry as far as it must be known to ask it for something."""

    url: str
    label: str
    """What the user calls it."""
    token: str = ""
    limits: Limits = LIMITS
    sends_on_to: str = ""
    """The other origin, if there is one, to which it may redirect: `https://files.example.com`."""

    def __repr__(self) -> str:
        return f"Remote({self.url})"  # the token must not come into a traceback


class Download:
    """A connection that is kept while several files are fetched; usable from many threads."""

    def __init__(self, remote: Remote) -> None:
        limits = remote.limits
        self._remote = remote
        self._client = httpx2.Client(
            headers=_HEADERS,
            timeout=httpx2.Timeout(limits.read_seconds, connect=limits.connect_seconds),
            trust_env=not is_loopback(remote.url),  # proxies and certificates of the environment
        )

    def __enter__(self) -> Download:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def fetch(self, path: str, most_bytes: int, etag: str = "") -> Fetched | None:
        """What stands at `path` of the registry; `None` if it still has that `etag`."""
        url = httpx2.URL(f"{self._remote.url}/{quote(path)}")
        conditions = {"If-None-Match": etag} if etag else {}
        own = _origin(url)
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                headers = conditions | (self._credentials if _origin(url) == own else {})
                with self._client.stream("GET", url, headers=headers) as response:
                    if not response.has_redirect_location:
                        return self._answer(response, path, most_bytes)
                    url = self._redirected(url, response.headers["Location"])
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise self._unreachable(str(error) or type(error).__name__) from error
        raise self._unreachable("it redirects in a circle")

    def _answer(self, response: httpx2.Response, path: str, most_bytes: int) -> Fetched | None:
        if response.status_code == _NOT_MODIFIED:
            return None
        if response.status_code in _LATER:
            raise self._unreachable(f"it answers {response.status_code}")
        if response.status_code != httpx2.codes.OK:
            raise self._refused(response.status_code, path)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise self._unreachable("it compresses, though it was asked not to")
        return Fetched(self._read(response, path, most_bytes), response.headers.get("ETag", ""))

    def _read(self, response: httpx2.Response, path: str, most_bytes: int) -> bytes:
        """A time-out is for one piece; the deadline is for who sends a byte a second."""
        content = bytearray()
        deadline = monotonic() + self._remote.limits.file_seconds
        for piece in response.iter_raw():
            content += piece
            if len(content) > most_bytes:
                raise TooLarge(self._remote.label, path, most_bytes)
            if monotonic() > deadline:
                raise self._unreachable("it is too slow")
        return bytes(content)

    def _redirected(self, url: httpx2.URL, location: str) -> httpx2.URL:
        target = url.join(location)
        if _origin(target) != _origin(url) and not self._is_known(target):
            raise RedirectedElsewhere(self._remote.label, f"{target.scheme}://{target.host}")
        return target

    def _is_known(self, target: httpx2.URL) -> bool:
        other = self._remote.sends_on_to
        return bool(other) and _origin(target) == _origin(httpx2.URL(other))

    @property
    def _credentials(self) -> dict[str, str]:
        token = self._remote.token
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _unreachable(self, why: str) -> Unreachable:
        return Unreachable(self._remote.label, why)

    def _refused(self, status: int, path: str) -> Refused:
        label = self._remote.label
        hint = "is the address right? a registry has its `registry.json` there"
        if status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
            sent = "does not do" if self._remote.token else "is missing"
            hint = f"the token for `{label}` {sent}: see `fastapi-blocks registry list`"
        return Refused(label, status, path, hint)


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    usual = {"https": 443, "http": 80}
    return url.scheme, url.host, url.port or usual.get(url.scheme)
