"""The ways a mail goes out, against a real SMTP server and a silent one."""

import asyncio
import email
import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from app.clients.email import Mail, MailNotSent
from app.clients.email.choose import NoMailer, mailer_of
from app.clients.email.console import ConsoleMailer
from app.clients.email.file import FileMailer
from app.clients.email.smtp import SmtpMailer
from app.core.config import EmailSettings

HELLO = Mail(to="ada@example.com", subject="Zażółć", text="Hello", html="<p>Hello</p>")


class Kept(Sink):
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 taken"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def server(kept: Kept) -> Iterator[Controller]:
    def authenticate(server: SMTP, session: Session, *rest: object) -> AuthResult:
        login = rest[-1]
        right = getattr(login, "password", None) == b"right"
        return AuthResult(success=right, handled=right)

    controller = Controller(
        kept,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=authenticate,
        auth_require_tls=False,
    )
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def old_server(kept: Kept) -> Iterator[Controller]:
    """It knows ASCII alone in addresses."""
    controller = Controller(kept, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=False)
    controller.start()
    yield controller
    controller.stop()


def smtp(port: int, **options: object) -> SmtpMailer:
    given = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "app@example.com",
        "use_tls": False,
        "timeout": timedelta(seconds=1),
        **options,
    }
    return SmtpMailer(**given)  # type: ignore[arg-type]


async def test_smtp_delivers_text_and_html(server: Controller, kept: Kept) -> None:
    await smtp(server.port).deliver(HELLO)

    [envelope] = kept.envelopes
    message = email.message_from_bytes(
        envelope.original_content or b"", policy=email.policy.default
    )
    assert envelope.rcpt_tos == ["ada@example.com"]
    assert message["Subject"] == "Zażółć"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


ENCODED_WORDS = [
    "=?utf-8?q?victim?=@example.com",
    "=?utf-8?q?attacker=40evil.com=2c?=@example.com",
    "=?utf-8?q?attacker=40evil.com=00?=@example.com",
    "=?utf-8?q?x=0d=0aBcc:attacker=40evil.com?=@example.com",
    '"=?utf-8?q?victim?="@example.com',
]


@pytest.mark.parametrize("to", ENCODED_WORDS)
def test_r20_no_mail_is_to_an_address_that_is_read_as_another(to: str) -> None:
    with pytest.raises(ValueError, match="as it is"):
        Mail(to=to, subject="Hello", text="Hello")


async def test_r99_what_somebody_writes_into_a_subject_stays_in_it(
    server: Controller, kept: Kept
) -> None:
    name = "=?utf-8?q?Ada=0d=0aBcc:_eve=40example.com=0d=0a=0d=0aHi?="

    await smtp(server.port).deliver(Mail(to=HELLO.to, subject=f"From {name}", text="Hello"))

    [envelope] = kept.envelopes
    message = email.message_from_bytes(envelope.original_content or b"")
    assert message["Bcc"] is None
    assert message["Subject"] == f"From {name.replace('=?', '= ?')}"


async def test_r20_smtp_sends_to_one_address_whatever_the_header_lists(
    server: Controller, kept: Kept
) -> None:
    several = Mail(to="ada@example.com,eve@example.com", subject="Hello", text="Hello")

    with suppress(MailNotSent, ValueError):  # as the parser of this Python has it
        await smtp(server.port).deliver(several)

    assert "eve@example.com" not in [to for each in kept.envelopes for to in each.rcpt_tos]


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@faß.example", "ada@xn--fa-hia.example"),
        ("ada+shop@example.com", "ada+shop@example.com"),
    ],
)
async def test_r20_smtp_writes_any_domain_in_ascii(
    old_server: Controller, kept: Kept, written: str, understood: str
) -> None:
    await smtp(old_server.port).deliver(Mail(to=written, subject="Hello", text="Hello"))

    [envelope] = kept.envelopes
    message = email.message_from_bytes(envelope.original_content or b"")
    assert envelope.rcpt_tos == [understood]
    assert message["To"] == understood


async def test_a_domain_that_cannot_be_is_told_of(server: Controller, kept: Kept) -> None:
    with pytest.raises(MailNotSent, match="domain"):
        await smtp(server.port).deliver(Mail(to="ada@\u2603.example", subject="Hello", text="Hi"))

    assert kept.envelopes == []


async def test_smtp_says_what_an_old_server_lacks(old_server: Controller, kept: Kept) -> None:
    mailer = smtp(old_server.port)

    with pytest.raises(MailNotSent, match=r"SMTPUTF8.* by 127\.0\.0\.1"):
        await mailer.deliver(Mail(to="zoë@example.com", subject="Hello", text="Hello"))

    await mailer.deliver(HELLO)
    assert [envelope.rcpt_tos for envelope in kept.envelopes] == [["ada@example.com"]]


async def test_smtp_takes_any_name_to_a_server_of_today(server: Controller, kept: Kept) -> None:
    await smtp(server.port).deliver(Mail(to="zoë@bücher.example", subject="Zażółć", text="Hello"))

    [envelope] = kept.envelopes
    assert envelope.rcpt_tos == ["zoë@xn--bcher-kva.example"]
    assert "To: zoë@xn--bcher-kva.example\r\n".encode() in (envelope.original_content or b"")


async def test_smtp_logs_in(server: Controller, kept: Kept) -> None:
    await smtp(server.port, user="app", password="right").deliver(HELLO)

    assert len(kept.envelopes) == 1


async def test_smtp_says_when_the_login_is_refused(server: Controller) -> None:
    with pytest.raises(MailNotSent):
        await smtp(server.port, user="app", password="wrong").deliver(HELLO)


async def test_smtp_sends_nothing_in_plain_text_where_tls_is_wanted(
    server: Controller, kept: Kept
) -> None:
    with pytest.raises(MailNotSent):
        await smtp(server.port, use_tls=True).deliver(HELLO)

    assert kept.envelopes == []


async def test_smtp_gives_up_on_a_server_that_is_not_there() -> None:
    with pytest.raises(MailNotSent):
        await smtp(free_port()).deliver(HELLO)


async def test_smtp_gives_up_on_a_server_that_says_nothing() -> None:
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    started = time.perf_counter()

    with pytest.raises(MailNotSent):
        await smtp(silent.sockets[0].getsockname()[1]).deliver(HELLO)

    assert time.perf_counter() - started < 4
    silent.close()


async def test_a_file_is_a_whole_mail(tmp_path: Path) -> None:
    await FileMailer(tmp_path / "mails", "app@example.com").deliver(HELLO)

    [file] = (tmp_path / "mails").iterdir()
    assert file.suffix == ".eml"
    assert email.message_from_bytes(file.read_bytes())["To"] == "ada@example.com"


async def test_a_file_names_anybody(tmp_path: Path) -> None:
    zoe = Mail(to="zoë@bücher.example", subject="Hello", text="Hello")

    await FileMailer(tmp_path, "app@example.com").deliver(zoe)

    [name] = os.listdir(tmp_path)
    assert "To: zoë@xn--bcher-kva.example\n" in (tmp_path / name).read_text("utf-8")


async def test_a_mail_that_could_not_be_written_whole_is_not_there(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(MailNotSent):
            await FileMailer(tmp_path, "app@example.com").deliver(HELLO)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert [each for each in os.listdir(tmp_path) if each.endswith(".eml")] == []


async def test_a_folder_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "mails").write_text("a file is in the way")

    with pytest.raises(MailNotSent):
        await FileMailer(tmp_path / "mails", "app@example.com").deliver(HELLO)


async def test_the_console_shows_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    await ConsoleMailer().deliver(HELLO)

    assert "mail to ada@example.com: Zażółć\nHello" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (EmailSettings(adapter="console"), ConsoleMailer),
        (EmailSettings(adapter="file"), FileMailer),
        (EmailSettings(adapter="smtp"), SmtpMailer),
        (EmailSettings(adapter="smtp", enabled=False), NoMailer),
    ],
)
def test_the_settings_choose(settings: EmailSettings, kind: type) -> None:
    assert type(mailer_of(settings)) is kind
