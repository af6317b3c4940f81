"""The database URL that people have, as the URL that our drivers want."""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_POSTGRESQL: Final = frozenset({"postgres", "postgresql"})
_SERVER_SETTINGS: Final = frozenset({"application_name", "search_path", "timezone"})

# Parameters of libpq, which hosts put into the URLs they hand out. asyncpg has no
# channel binding: TLS with `sslmode=verify-full` is what protects the connection.
_UNKNOWN_TO_ASYNCPG: Final = frozenset({"channel_binding", "gssencmode", "sslnegotiation"})


class UnsupportedDatabase(Exception):
    """The URL is malformed, or names a database that the blocks do not speak."""


@dataclass(frozen=True)
class DatabaseAddress:
    """Where the database is, in terms of our drivers."""

    url: URL
    server_settings: dict[str, str] = field(default_factory=dict)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def is_memory(self) -> bool:
        """Forgets everything at restart, and is seen by this process alone."""
        return self.is_sqlite and self.url.database in (None, "", ":memory:")


def normalised(url: str) -> DatabaseAddress:
    """Raises `UnsupportedDatabase` with a sentence that never repeats the password."""
    if url.strip().rstrip("/") == "memory:":
        return DatabaseAddress(URL.create("sqlite+aiosqlite"))
    try:
        parsed = make_url(url.strip())
    except ArgumentError:
        raise UnsupportedDatabase(
            "is not a database URL: write `sqlite+aiosqlite:///./app.db`, "
            "`postgresql+asyncpg://user:password@host/name` or `memory://`"
        ) from None
    backend = parsed.get_backend_name()
    if backend in _POSTGRESQL:
        return _postgresql(parsed)
    if backend == "sqlite":
        return DatabaseAddress(parsed.set(drivername="sqlite+aiosqlite"))
    raise UnsupportedDatabase(
        f"`{backend}` is not supported: use PostgreSQL, SQLite or `memory://`"
    )


def _postgresql(url: URL) -> DatabaseAddress:
    """Any spelling becomes asyncpg; `sslmode` and `options` of libpq are translated."""
    query = {name: value for name, value in url.query.items() if name not in _UNKNOWN_TO_ASYNCPG}
    server_settings = {
        name: str(query.pop(name)) for name in sorted(_SERVER_SETTINGS & query.keys())
    }
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    if "connect_timeout" in query:
        query["timeout"] = query.pop("connect_timeout")
    if "options" in query:
        server_settings |= _server_options(str(query.pop("options")))
    return DatabaseAddress(url.set(drivername="postgresql+asyncpg", query=query), server_settings)


def _server_options(options: str) -> dict[str, str]:
    """`-c name=value`, or `-cname=value`, as libpq reads it."""
    pairs = (part.strip().partition("=") for part in options.split("-c") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}
