"""Browsers, which keep their session in cookies: `AUTH_MODE=cookie`, or `both`.

A browser sends cookies along with whatever a page asks for, also a page of somebody else (CSRF).
So two questions are asked: where does the request come from, and does it know what only our page
can read. Each alone would do, but browsers and proxies have had holes in either (R57).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import InvalidToken
from app.modules.auth.cookies import ACCESS, REFRESH, Cookies
from app.modules.auth.exceptions import ForeignRequest
from app.modules.auth.models import SessionId
from app.modules.auth.tokens import CsrfTokens, RefreshTokens

AuthMode: TypeAlias = Literal["bearer", "cookie", "both"]

CSRF_HEADER: Final = "X-CSRF-Token"
_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsers:
    mode: AuthMode
    cookies: Cookies
    origins: frozenset[str]
    """Pages that may call us: the front end's, and those of `CORS_ORIGINS`."""
    refresh_tokens: RefreshTokens
    csrf_tokens: CsrfTokens

    def sent(self, request: Request) -> bool:
        """Whether the client is a browser, to be answered with cookies.

        With `both`, pages get cookies and programs get tokens: browsers name the origin of every
        POST, and no page can prevent it. Raises `InvalidToken` where two tokens are shown.
        """
        if self.mode != "both":
            return self.mode == "cookie"
        # A token alone, which then has to be good: any other `Authorization` is easily written by
        # a page, which would be answered with the tokens of a session kept in cookies (R56).
        if bearer_token(request):
            return False
        says_where_from = "origin" in request.headers or "sec-fetch-site" in request.headers
        return says_where_from or self.has_session_cookies(request)

    def has_session_cookies(self, request: Request) -> bool:
        return any(self.cookies.read(request, name) for name in (ACCESS, REFRESH))

    def refuse_other_sites(self, request: Request) -> None:
        """Raises `ForeignRequest` for a write that no page of ours asks for.

        Also for one that does not say where it comes from. Signing in is a write as well: else a
        page could sign you in to its author's account, and read there what you do.
        """
        if request.method not in _SAFE_METHODS and not self._comes_from_us(request):
            raise ForeignRequest

    def refuse_forgery(self, request: Request) -> None:
        """Raises `ForeignRequest` for a write by cookies alone, whose sender cannot read them.

        Whether the cookies are still good is asked later: an expired one changes nothing here.
        """
        self.refuse_other_sites(request)
        session_id = self.session_of(request)
        shown = request.headers.get(CSRF_HEADER, "")
        if request.method in _SAFE_METHODS or session_id is None:
            return
        if not self.csrf_tokens.fits(shown, session_id):
            raise ForeignRequest(f"Send what `GET /auth/csrf` answers as `{CSRF_HEADER}`.")

    def session_of(self, request: Request) -> SessionId | None:
        """Of the refresh cookie, which outlives the other. Whether it is open is not said."""
        try:
            return self.refresh_tokens.read(self.cookies.read(request, REFRESH)).session_id
        except InvalidToken:
            return None

    def keep(
        self, response: Response, access_token: str, refresh_token: str, *, until: timedelta
    ) -> str:
        """Set the cookies of a session. What proves to us that a page may use them."""
        # "lax": whoever follows a link to us from a mail is still signed in.
        self.cookies.set(response, ACCESS, access_token, lifetime=until, same_site="lax")
        self.cookies.set(response, REFRESH, refresh_token, lifetime=until)
        return self.csrf_tokens.issue(self.refresh_tokens.read(refresh_token).session_id)

    def forget(self, response: Response) -> None:
        """After a logout nothing of it stays in the browser, which others may use next."""
        for name in (ACCESS, REFRESH):
            self.cookies.clear(response, name)
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'

    def _comes_from_us(self, request: Request) -> bool:
        origin = request.headers.get("origin")
        is_our_own = request.headers.get("sec-fetch-site") == "same-origin"
        if origin is None:
            return is_our_own
        # Compared as text: to take apart what somebody else wrote can fail.
        host = request.headers.get("host")
        is_our_host = origin in (f"https://{host}", f"http://{host}")
        return origin in self.origins or (is_our_own and is_our_host)


def bearer_token(request: Request) -> str | None:
    """From the header alone: what stands in a URL ends in logs and histories (RFC 6750, 5.3).

    Empty if the header announces one and has none. Raises `InvalidToken` for two headers.
    """
    given = request.headers.getlist("authorization")
    if len(given) > 1:
        raise InvalidToken  # two readers might choose two different ones
    scheme, _, token = (given[0] if given else "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def origin_of(url: str) -> str:
    """`https://shop.example/app` is a page of `https://shop.example`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
