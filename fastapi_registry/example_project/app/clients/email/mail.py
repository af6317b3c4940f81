"""A mail, and who can deliver it."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from typing import Protocol


class MailNotSent(Exception):
    """The mail was not handed on. It may succeed later."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    to: str
    """One address, without a name."""
    subject: str
    text: str
    html: str | None = None

    def __post_init__(self) -> None:
        # A line break here would let a name add headers of its own, such as `Bcc`.
        for header in (self.to, self.subject):
            if any(character in header for character in "\r\n\0"):
                raise ValueError("a mail header must be one line")
        # Readers of a header decode it (RFC 2047): `=?utf-8?q?ada?=@…` would say that it is to ada,
        # and worse things can be spelled so than a name.
        if "=?" in self.to:
            raise ValueError("a mail address is written as it is")

    @property
    def recipient(self) -> str:
        """`to` as every mail server understands it: the domain in ASCII (RFC 5891).

        Raises `MailNotSent` where that cannot be.
        """
        local, _, domain = self.to.rpartition("@")
        return self.to if domain.isascii() else f"{local}@{_in_ascii(domain)}"

    def as_message(self, sender: str) -> EmailMessage:
        # What stands before the @ has no spelling in ASCII: then the whole header is UTF-8.
        message = EmailMessage(default.clone(utf8=not self.recipient.isascii()))
        message["From"] = sender
        message["To"] = self.recipient
        # Nor is a subject to be decoded, where a name may stand: `=?utf-8?q?=0d=0aBcc…` makes a
        # header of its own.
        message["Subject"] = self.subject.replace("=?", "= ?")
        message.set_content(self.text)
        if self.html is not None:
            message.add_alternative(self.html, subtype="html")
        return message


class Mailer(Protocol):
    async def deliver(self, mail: Mail) -> None:
        """Raises `MailNotSent`."""


def _in_ascii(domain: str) -> str:
    # Not by Python's own codec, which is of 2003: to it `faß.example` is `fass.example`, which
    # may be somebody else's.
    import idna

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise MailNotSent("the domain of the address cannot be one") from error
