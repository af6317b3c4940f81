"""E-mail addresses: when two of them are the same person's."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from email_validator import EmailNotValidError, validate_email

LONGEST_ADDRESS: Final = 254
"""RFC 5321, section 4.5.3.1.3: what fits into a path of 256 octets with its angle brackets."""


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address as it was written, and the key by which it is unique."""

    address: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "EmailAddress":
        """Raises `ValueError` with a sentence for the reader.

        Case never tells two people apart, nor do two spellings of one letter (NFC) or of one
        domain (IDNA). Dots and plus signs do: what they mean is the provider's business.
        """
        # First of all: to normalise takes the square of the length, and holds everybody up.
        if len(text) > LONGEST_ADDRESS:
            raise ValueError("This is not an e-mail address.")
        # What reads the header of a mail decodes `=?utf-8?q?ada?=` (RFC 2047): it would go to ada.
        if "=?" in text:
            raise ValueError("This is not an e-mail address.")
        try:
            found = validate_email(text.strip(), check_deliverability=False)
        except EmailNotValidError as error:
            raise ValueError("This is not an e-mail address.") from error
        local = unicodedata.normalize("NFC", found.local_part)
        domain = found.ascii_domain or found.domain
        return cls(f"{local}@{found.domain}", f"{local.casefold()}@{domain.lower()}")
