"""What the mails say, and what they must not: R27, R99."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.clients.email import Mail
from app.core.ids import uuid7
from app.modules.auth.emails import Emails
from app.modules.auth.models import Device, User

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
EMAILS = Emails(app_name="Shop & Sons", frontend_url="https://shop.example")
MALLORY = User(
    id=uuid7(),
    email="mallory@example.com",
    email_key="mallory@example.com",
    name='<a href="https://evil.example">Win!</a>',
    password_hash=None,
    created_at=NOW,
)
DEVICE = Device("192.0.2.1", "<b>browser</b>")
ALL: dict[str, Callable[[], Mail]] = {
    "verify_email": lambda: EMAILS.verify_email(MALLORY, "t0ken"),
    "welcome": lambda: EMAILS.welcome(MALLORY),
    "already_registered": lambda: EMAILS.already_registered(MALLORY),
    "reset_password": lambda: EMAILS.reset_password(MALLORY, "t0ken"),
    "password_changed": lambda: EMAILS.password_changed(MALLORY),
    "magic_link": lambda: EMAILS.magic_link(MALLORY, "t0ken"),
    "new_sign_in": lambda: EMAILS.new_sign_in(MALLORY, DEVICE, NOW),
    "session_ended": lambda: EMAILS.session_ended(MALLORY),
    "approve_email_change": lambda: EMAILS.approve_email_change(
        MALLORY, "new@example.com", "t0ken"
    ),
    "change_email": lambda: EMAILS.change_email("new@example.com", "t0ken"),
    "email_changed": lambda: EMAILS.email_changed(
        MALLORY, replace(MALLORY, email="new@example.com"), "t0ken"
    ),
    "deletion_scheduled": lambda: EMAILS.deletion_scheduled(MALLORY, NOW, "t0ken"),
}
every_mail = pytest.mark.parametrize("write", ALL.values(), ids=ALL.keys())


@every_mail
def test_a_mail_has_a_subject_words_and_a_button(write: Callable[[], Mail]) -> None:
    mail = write()

    assert "Shop & Sons" in mail.subject
    assert "https://shop.example" in mail.text
    assert mail.html is not None
    assert '<a href="https://shop.example' in mail.html
    assert "Shop &amp; Sons" in mail.html


@every_mail
def test_r99_nothing_that_a_user_chose_becomes_markup(write: Callable[[], Mail]) -> None:
    html = write().html or ""

    assert "<a href=&#34;" not in html
    assert '"https://evil.example"' not in html
    assert "<b>" not in html


@every_mail
def test_links_lead_to_the_front_end_alone(write: Callable[[], Mail]) -> None:
    html = write().html or ""

    links = [part.partition('"')[0] for part in html.split('href="')[1:]]
    assert links
    assert all(link.startswith("https://shop.example") for link in links)


def test_a_token_stands_where_no_server_sees_it() -> None:
    assert "https://shop.example/verify-email#token=t0ken\n" in ALL["verify_email"]().text


def test_no_name_stands_in_a_mail_to_an_address_that_is_not_proved() -> None:
    for name in ("verify_email", "already_registered", "reset_password", "magic_link"):
        assert "Win!" not in ALL[name]().text
