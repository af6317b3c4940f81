"""Who has the database has no key to anything: every string of it is tried everywhere (R48).

Everywhere is: as every secret of each operation that refuses a string of nobody's, as a cookie, and
as what is asked for after the password: a code, the secret behind codes, a trusted device.
"""

from __future__ import annotations

import json
import sqlite3
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pyotp
import pytest

from tests.project.generated import Project, Server
from tests.project.journey import (
    ADA,
    FIRST_PASSWORD,
    SECOND_PASSWORD,
    visitor_of,
)
from tests.security.members import Member
from tests.security.shop import whole_shop

pytestmark = pytest.mark.slow

ADMIN = "admin@example.com"
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
    database: Path

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
        """The operations come last: what opens one may end what else it opens."""
        doors = {
            "a cookie": self._is_a_session,
            "a trusted device": self._is_a_trusted_device,
            "a second step": self._is_a_second_step,
        }
        opened = {name for name, is_opened_by in doors.items() if is_opened_by(value)}
        return opened | {
            each.label for each in self.closed_operations if self._lets_in(each, value)
        }

    def _is_a_trusted_device(self, value: str) -> bool:
        headers = {"Cookie": f"trusted_device={value}"}
        return "accessToken" in self._first_step(headers)

    def _is_a_second_step(self, value: str) -> bool:
        codes = [value]
        with suppress(ValueError):  # of what is no base32; a code that was used is none any more
            codes += [pyotp.TOTP(value).at(round(time.time()) + later) for later in (0, 30)]
        return any(self._takes_the_second_step(code) for code in codes)

    def _takes_the_second_step(self, code: str) -> bool:
        body = {"twoFactorToken": self._first_step()["twoFactorToken"], "code": code}
        answer = self.client.post("/api/v1/two-factor/totp/verify-login", json=body)
        assert answer.status_code != 429
        return answer.status_code < 400

    def _first_step(self, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        self._forget_guesses()
        body = {"email": ADA, "password": FIRST_PASSWORD}
        answer = self.client.post("/api/v1/auth/login", json=body, headers=headers)
        found: Mapping[str, Any] = answer.raise_for_status().json()
        return found

    def _forget_guesses(self) -> None:
        """After so many even what is right would be refused, and nothing told from it."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("DELETE FROM wrong_answers")
            connection.execute("UPDATE users SET failed_logins = 0")

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
        AUTH_SEED_ADMIN="true",
        AUTH_SEED_EMAIL=ADMIN,
        AUTH_SEED_PASSWORD=FIRST_PASSWORD,
        RATE_LIMIT_ENABLED="false",
        LOG_LEVEL="WARNING",
        FRONTEND_URL=FRONT_END,
    )


@dataclass(frozen=True)
class Town:
    """Ada has everything, Grace leaves, Hedy signs in, and Joan is invited."""

    ada: Member
    grace: Member
    hedy: Member
    joan: Member
    admin: Member

    def secrets(self) -> list[str]:
        """What they hold, in an order in which none ends another when it is used."""
        self.ada.join()
        self.ada.set_up_everything()
        self.admin.visitor.login(FIRST_PASSWORD)
        self.admin.ask("POST", "/logs", 201, level="ERROR", message="the till is on fire")
        ada = self.ada.visitor
        return [
            ada.client.cookies["trusted_device"],
            self.ada.backup_codes[0],
            self.ada.totp_secret,
            self.challenge(),
            ada.refresh_token,
            ada.access_token,
            self.mailed("magic-link"),
            self.invitation(),
            self.restoration(),
            self.mailed("forgot-password"),
        ]

    def challenge(self) -> str:
        self.hedy.join()
        self.hedy.set_up_everything()
        self.hedy.visitor.client.cookies.clear()  # in a browser that is not trusted
        return str(self.hedy.first_step()["twoFactorToken"])

    def mailed(self, path: str) -> str:
        self.ada.ask("POST", f"/auth/{path}", 202, email=ADA)
        return self.ada.visitor.mailbox.next_token()

    def invitation(self) -> str:
        self.admin.ask("POST", "/users", 201, email=self.joan.visitor.email)
        return self.joan.visitor.mailbox.next_token()

    def restoration(self) -> str:
        self.grace.join()
        leaving = {"password": FIRST_PASSWORD, "confirmation": "DELETE"}
        self.grace.ask("DELETE", "/auth/account", 202, **leaving)
        return self.grace.visitor.mailbox.next_token()


def town_of(shop: Project, server: Server, stack: ExitStack) -> Town:
    names = ("ada", "grace", "hedy", "joan", "admin")
    visitors = [visitor_of(shop, server, f"{name}@example.com") for name in names]
    return Town(*(Member(stack.enter_context(visitor)) for visitor in visitors))


def break_mailing(folder: Path) -> None:
    """From now on mails wait in the database."""
    folder.rename(folder.with_name("mails-until-now"))
    folder.write_text("no folder any more")


def strings_of(database: Path) -> Iterator[str]:
    """Every value of every table, as an attacker would type it; of ids, one of each column."""
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608
            for column in zip(*rows, strict=True):
                values = [text for value in column for text in spellings(value)]
                ids = [text for text in values if is_id(text)]
                yield from ids[:1]
                yield from (text for text in values if not is_id(text))


def is_id(text: str) -> bool:
    with suppress(ValueError):
        return bool(UUID(text))
    return False


def spellings(value: object) -> Iterator[str]:
    if isinstance(value, bytes):
        yield from (value.hex(), urlsafe_b64encode(value).rstrip(b"=").decode())
    elif isinstance(value, str):
        yield value
        if value.startswith(("[", "{")):
            yield from (each for each in json.loads(value) if isinstance(each, str))


def is_sendable(text: str) -> bool:
    return len(text) >= SHORTEST and text.isascii() and text.isprintable() and not is_moment(text)


def is_moment(text: str) -> bool:
    with suppress(ValueError):
        return bool(datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f"))
    return False


def test_r48_no_string_of_the_database_opens_anything(
    shop: Project, record_property: Callable[[str, object], None]
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(shop.served())
        town = town_of(shop, server, stack)
        client = stack.enter_context(httpx2.Client(base_url=server.url, timeout=30))
        attacker = Attacker(client, shop.folder / "app.db")
        held = town.secrets()
        assert len(attacker.closed_operations) > 15

        break_mailing(Path(shop.variables["EMAIL_FILE_PATH"]))
        town.ada.ask("POST", "/auth/change-email", 202, newEmail=NEW_ADDRESS)
        town.ada.ask("POST", "/two-factor/totp/initiate")
        dump = {text for text in strings_of(shop.folder / "app.db") if is_sendable(text)}
        opened = {text: attacker.opened_by(text) for text in dump}
        opened_by_their_owners = [attacker.opened_by(secret) for secret in held]

    tried = f"{len(dump)} strings at {len(attacker.closed_operations)} operations"
    record_property("tried of a database", tried)
    assert len(dump) > 50
    assert {text: labels for text, labels in opened.items() if labels} == {}
    assert all(opened_by_their_owners)  # else nothing could be told from the rest
