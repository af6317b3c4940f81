"""Who has the database has no key to anything: every string of it is tried everywhere (R48).

Everywhere is: as every secret of each operation that refuses a string of nobody's, and as a cookie.
"""

from __future__ import annotations

import json
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.project.generated import Project
from tests.project.journey import (
    ADA,
    FIRST_PASSWORD,
    SECOND_PASSWORD,
    Visitor,
    answered,
    visitor_of,
)
from tests.security.shop import whole_shop

pytestmark = pytest.mark.slow

GRACE = "grace@example.com"
NEW_ADDRESS = "lovelace@example.com"
NOBODY = "nobody@example.com"
NOBODYS = "Zz9" * 14 + "Q"  # of the length of a token
SHORTEST = 6
FRONT_END = "http://localhost:3000"
KNOWN: Mapping[str, object] = {  # what an attacker may know, and what is no secret
    "newEmail": "mallory@example.com",
    "newPassword": SECOND_PASSWORD,
    "name": "Mallory",
    "confirmation": "DELETE",
    "grant_type": "password",
}


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    wants_a_token: bool
    form: bool
    fields: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    def request(self, value: str, email: str) -> dict[str, Any]:
        """With `value` wherever a secret could stand."""
        known = {"email": email, "username": email, **KNOWN}
        body = {name: known.get(name, value) for name in self.fields}
        path = "/".join(value if part.startswith("{") else part for part in self.path.split("/"))
        headers = {"Authorization": f"Bearer {value}"} if self.wants_a_token else {}
        kind = "data" if self.form else "json"
        return {
            "method": self.method,
            "url": path,
            "headers": headers,
            kind: body if self.fields else None,
        }


@dataclass(frozen=True)
class Attacker:
    client: httpx2.Client

    @cached_property
    def description(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.client.get("/openapi.json").json()
        return found

    @cached_property
    def closed_operations(self) -> Sequence[Operation]:
        """The others answer everybody alike, as a registration does."""
        all_of_them = [
            self._operation(method, path, described)
            for path, methods in self.description["paths"].items()
            for method, described in methods.items()
        ]
        return [each for each in all_of_them if not self._lets_in(each, NOBODYS, NOBODY)]

    def opened_by(self, value: str) -> set[str]:
        opened = {each.label for each in self.closed_operations if self._lets_in(each, value)}
        return opened | {"a cookie"} if self._is_a_session(value) else opened

    def _lets_in(self, operation: Operation, value: str, email: str = ADA) -> bool:
        return self.client.request(**operation.request(value, email)).status_code < 400

    def _is_a_session(self, value: str) -> bool:
        headers = {"Cookie": f"access={value}; refresh={value}", "Origin": FRONT_END}
        me = self.client.get("/api/v1/auth/me", headers=headers)
        csrf = self.client.get("/api/v1/auth/csrf", headers=headers)
        return me.status_code < 400 or csrf.json()["csrfToken"] is not None

    def _operation(self, method: str, path: str, described: Mapping[str, Any]) -> Operation:
        content = described.get("requestBody", {}).get("content", {})
        [(media_type, body)] = content.items() if content else [("", {})]
        return Operation(
            method.upper(),
            path,
            "security" in described,
            "json" not in media_type,
            tuple(self._properties(body.get("schema", {}))),
        )

    def _properties(self, schema: Mapping[str, Any]) -> Iterable[str]:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._properties(self.description["components"]["schemas"][name])
        for choice in schema.get("anyOf", ()):
            if found := list(self._properties(choice)):
                return found
        return [name for name in schema.get("properties", ()) if name != "captchaToken"]


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return whole_shop(tmp_path / "shop").with_variables(
        AUTH_MODE="both",
        AUTH_COOKIE_SECURE="false",
        RATE_LIMIT_ENABLED="false",
        LOG_LEVEL="WARNING",
        FRONTEND_URL=FRONT_END,
    )


def secrets_of_a_life(ada: Visitor, grace: Visitor) -> list[str]:
    """What two people hold after they have used everything that makes a token.

    In an order in which none ends another when they are used.
    """
    for person in (ada, grace):
        person.register()
        person.verify_email()
        person.login(FIRST_PASSWORD)
    mailed = []
    for path in ("magic-link", "forgot-password"):
        ada.client.post(f"/auth/{path}", json={"email": ADA})
        mailed.append(ada.mailbox.next_token())
    leaving = {"password": FIRST_PASSWORD, "confirmation": "DELETE"}
    answered(
        grace.client.request("DELETE", "/auth/account", json=leaving, headers=grace.credentials),
        202,
    )
    mailed.append(grace.mailbox.next_token())
    return [ada.refresh_token, ada.access_token, *mailed]


def break_mailing(folder: Path) -> None:
    """From now on mails wait in the database."""
    folder.rename(folder.with_name("mails-until-now"))
    folder.write_text("no folder any more")


def strings_of(database: Path) -> Iterator[str]:
    """Every value of every table, as an attacker would type it."""
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
                for value in row:
                    yield from spellings(value)


def spellings(value: object) -> Iterator[str]:
    if isinstance(value, bytes):
        yield from (value.hex(), urlsafe_b64encode(value).rstrip(b"=").decode())
    elif isinstance(value, str):
        yield value
        if value.startswith(("[", "{")):
            yield from (each for each in json.loads(value) if isinstance(each, str))


def is_sendable(text: str) -> bool:
    return len(text) >= SHORTEST and text.isascii() and text.isprintable()


def test_r48_no_string_of_the_database_opens_anything(
    shop: Project, record_property: Callable[[str, object], None]
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(shop.served())
        ada = stack.enter_context(visitor_of(shop, server))
        grace = stack.enter_context(visitor_of(shop, server, GRACE))
        client = stack.enter_context(httpx2.Client(base_url=server.url, timeout=30))
        attacker = Attacker(client)
        assert len(attacker.closed_operations) > 15

        held = secrets_of_a_life(ada, grace)
        break_mailing(Path(shop.variables["EMAIL_FILE_PATH"]))
        new = {"newEmail": NEW_ADDRESS}
        answered(ada.client.post("/auth/change-email", json=new, headers=ada.credentials), 202)
        dump = {text for text in strings_of(shop.folder / "app.db") if is_sendable(text)}
        opened = {text: attacker.opened_by(text) for text in dump}
        opened_by_their_owners = [attacker.opened_by(secret) for secret in held]

    tried = f"{len(dump)} strings at {len(attacker.closed_operations)} operations"
    record_property("tried of a database", tried)
    assert len(dump) > 50
    assert {text: labels for text, labels in opened.items() if labels} == {}
    assert all(opened_by_their_owners)  # else nothing could be told from the rest
