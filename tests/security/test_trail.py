"""R98: what happens to an account stands in the trail, and no secret stands anywhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.project.generated import Project
from tests.project.journey import (
    FIRST_PASSWORD,
    SECOND_PASSWORD,
    Mailbox,
    Visitor,
    answered,
    visitor_of,
)
from tests.security.shop import whole_shop

pytestmark = pytest.mark.slow

WRONG_PASSWORD = "an otter counts the pebbles"


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return whole_shop(tmp_path / "shop").with_variables(LOG_LEVEL="DEBUG", LOGS_LEVEL="DEBUG")


def live(ada: Visitor) -> Sequence[str]:
    """Everything that an account goes through. Her tokens."""
    tokens = []
    ada.register()
    ada.verify_email()
    ada.login(WRONG_PASSWORD, expected=401)
    ada.login(FIRST_PASSWORD)
    stolen = ada.refresh_token
    ada.refresh()
    ada.refresh()
    tokens += [stolen, ada.refresh_token, ada.access_token]
    answered(ada.client.get("/audit/events", headers=ada.credentials), 403)
    ada.refresh_token = stolen
    ada.refresh(expected=401)
    ada.reset_password(SECOND_PASSWORD)
    ada.login(SECOND_PASSWORD)
    return [*tokens, ada.refresh_token, ada.access_token]


def test_r98_a_life_leaves_its_events_and_none_of_its_secrets(shop: Project) -> None:
    with shop.served() as server, visitor_of(shop, server) as ada:
        tokens = live(ada)
        mailed = mailed_tokens(ada.mailbox)
        answered(ada.client.get("/auth/verify-email", params={"token": tokens[0]}), 405)

    trail, records = rows(shop, "audit_events"), rows(shop, "log_records")
    passwords = [FIRST_PASSWORD, SECOND_PASSWORD, WRONG_PASSWORD]
    assert {row["action"] for row in trail} >= {
        *("registered", "email_verified", "signed_in", "sign_in_failed"),
        *("token_reuse", "session_revoked", "password_reset", "access_denied"),
    }
    assert all(row["ip"] == "127.0.0.1" and row["request_id"] for row in trail)
    assert len(records) > len(trail)
    written = f"{[list(row) for row in (*trail, *records)]}\n{server.log.read_text()}"
    assert [each for each in (*passwords, *tokens, *mailed) if each in written] == []
    mails = "".join(text_of_all(ada.mailbox))
    assert mails
    assert [each for each in (*passwords, *tokens) if each in mails] == []


def rows(shop: Project, table: str) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(shop.folder / "app.db")) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608


def mailed_tokens(mailbox: Mailbox) -> list[str]:
    """Each is used up by now, and was a secret until then."""
    again = Mailbox(mailbox.address, mailbox.folder)
    return [again.next_token() for _ in mailbox.read]


def text_of_all(mailbox: Mailbox) -> list[str]:
    return [mailbox.text_of(file) for file in mailbox.folder.glob("*.eml")]
