"""The rules about users, sessions, addresses and passwords, on plain values."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.ids import uuid7
from app.modules.auth import password_rules
from app.modules.auth.addresses import EmailAddress
from app.modules.auth.exceptions import WeakPassword
from app.modules.auth.models import RefreshVerdict, Session

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
GRACE = timedelta(seconds=10)
IDLE = timedelta(days=14)
SESSION = Session(
    id=uuid7(),
    user_id=uuid7(),
    created_at=NOW,
    authenticated_at=NOW,
    methods=("pwd",),
    counter=5,
    refreshed_at=NOW,
    expires_at=NOW + timedelta(days=30),
)


@pytest.mark.parametrize(
    ("counter", "after", "verdict"),
    [
        (5, timedelta(days=1), RefreshVerdict.ROTATE),
        (4, timedelta(seconds=10), RefreshVerdict.REPEAT),
        (4, timedelta(seconds=11), RefreshVerdict.REUSED),
        (3, timedelta(), RefreshVerdict.REUSED),
        (6, timedelta(), RefreshVerdict.REUSED),
    ],
)
def test_a_session_judges_a_refresh_token_by_its_number(
    counter: int, after: timedelta, verdict: RefreshVerdict
) -> None:
    assert SESSION.judge(counter, NOW + after, grace=GRACE) is verdict


@pytest.mark.parametrize(
    ("session", "after", "is_open"),
    [
        (SESSION, timedelta(days=13), True),
        (SESSION, timedelta(days=14), False),
        (replace(SESSION, refreshed_at=NOW + timedelta(days=29)), timedelta(days=30), False),
        (replace(SESSION, revoked_at=NOW), timedelta(), False),
    ],
    ids=["open", "idle", "too old", "revoked"],
)
def test_a_session_ends_by_idleness_age_or_revocation(
    session: Session, after: timedelta, is_open: bool
) -> None:
    assert session.is_open(NOW + after, idle=IDLE) is is_open


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.com", "  ADA@Example.COM "),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("zoë@example.com", unicodedata.normalize("NFD", "ZOË@example.com")),
    ],
)
def test_spellings_of_one_address_share_a_key(one: str, other: str) -> None:
    assert EmailAddress.parse(one).key == EmailAddress.parse(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mike@example.com", "m\u0131ke@example.com"),
        ("ada@example.com", "a.da@example.com"),
        ("ada@example.com", "ada+shop@example.com"),
    ],
)
def test_other_addresses_have_other_keys(one: str, other: str) -> None:
    assert EmailAddress.parse(one).key != EmailAddress.parse(other).key


@pytest.mark.parametrize(
    "text", ["", "ada", "ada@", "@example.com", "a@b@c.de", "Ada <ada@example.com>", "a\n@b.de"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        EmailAddress.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "=?utf-8?q?victim?=@example.com",
        "=?utf-8?q?attacker=40evil.com=2c?=@example.com",
        "=?utf-8?b?YUBldmlsLmNvbSw=?=@example.com",
        "a=?utf-8?q?b?=@example.com",
    ],
)
def test_r20_no_address_is_written_so_that_mail_goes_to_another(text: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        EmailAddress.parse(text)


def test_an_address_is_measured_before_anything_is_done_to_it() -> None:
    EmailAddress.parse("ada@example.com".ljust(254))

    with pytest.raises(ValueError, match="not an e-mail address"):
        EmailAddress.parse("ada@example.com".ljust(255))  # short enough, once it is trimmed


def test_r13_the_list_of_common_passwords_is_long_enough() -> None:
    long_enough = [each for each in password_rules._common_passwords() if len(each) >= 12]

    assert len(long_enough) >= 3000


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery stable",
        "four words of no note",
        "adalovelace is not my password",
        "q7!kd92-mmz0",
    ],
)
def test_what_nobody_would_guess_is_accepted(password: str) -> None:
    password_rules.check(password, minimum=12, about=("Ada Lovelace", "ada@example.com", "ada"))


@pytest.mark.parametrize(
    ("password", "about"),
    [
        ("Ada-Lovelace 12", "Ada Lovelace"),
        ("eve1 EVE-eve eve!", "eve"),
        ("myshop!myshop!", "My Shop"),
    ],
)
def test_what_is_little_more_than_a_known_word_is_refused(password: str, about: str) -> None:
    with pytest.raises(WeakPassword, match="too close"):
        password_rules.check(password, minimum=12, about=(about,))


def test_length_is_counted_in_characters_not_bytes() -> None:
    password_rules.check("🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧", minimum=12, about=())

    with pytest.raises(WeakPassword, match="at most 256"):
        password_rules.check("🦊🐻🐼🐨🐯" * 60, minimum=12, about=())
