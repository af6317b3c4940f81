"""Mails over SMTP. A time-out on everything: a silent server holds nothing up for long."""

import asyncio
import ssl
from datetime import timedelta

import aiosmtplib

from app.clients.email.mail import Mail, MailNotSent


class SmtpMailer:
    """Port 465 speaks TLS from the first byte, other ports by STARTTLS.

    With `use_tls` a server that offers no TLS is refused, not served in plain text: the
    mails carry links that sign somebody in.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        sender: str,
        user: str = "",
        password: str = "",
        use_tls: bool = True,
        timeout: timedelta = timedelta(seconds=10),
    ) -> None:
        self._host = host
        self._port = port
        self._sender = sender
        self._user = user or None
        self._password = password or None
        self._use_tls = use_tls
        self._timeout = timeout

    async def deliver(self, mail: Mail) -> None:
        speaks_tls_at_once = self._use_tls and self._port == 465
        try:
            # The library's time-out is for each step, this one for the whole talk.
            async with asyncio.timeout(3 * self._timeout.total_seconds()):
                await aiosmtplib.send(
                    mail.as_message(self._sender),
                    # To the address that was stored, whatever a parser reads in the header.
                    recipients=[mail.recipient],
                    hostname=self._host,
                    port=self._port,
                    username=self._user,
                    password=self._password,
                    use_tls=speaks_tls_at_once,
                    start_tls=self._use_tls and not speaks_tls_at_once,
                    tls_context=ssl.create_default_context() if self._use_tls else None,
                    timeout=self._timeout.total_seconds(),
                )
        except aiosmtplib.SMTPNotSupported as error:
            lacking = "an address beyond ASCII needs SMTPUTF8 (RFC 6531), which is not offered"
            raise MailNotSent(f"{lacking} by {self._host}:{self._port}") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise MailNotSent(f"{type(error).__name__} from {self._host}:{self._port}") from error
