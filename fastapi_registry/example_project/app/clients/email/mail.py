"""A mail, and who can deliver it."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol


class MailNotSent(Exception):
    """The mail was not handed on. It may succeed later."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    to: str
    subject: str
    text: str
    html: str | None = None

    def __post_init__(self) -> None:
        # A line break here would let a name add headers of its own, such as `Bcc`.
        for header in (self.to, self.subject):
            if any(character in header for character in "\r\n\0"):
                raise ValueError("a mail header must be one line")

    def as_message(self, sender: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = sender
        message["To"] = self.to
        message["Subject"] = self.subject
        message.set_content(self.text)
        if self.html is not None:
            message.add_alternative(self.html, subtype="html")
        return message


class Mailer(Protocol):
    async def deliver(self, mail: Mail) -> None:
        """Raises `MailNotSent`."""
