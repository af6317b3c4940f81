"""Mails as `.eml` files in a folder, for development: any mail program opens them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from app.clients.email.mail import Mail, MailNotSent


class FileMailer:
    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def deliver(self, mail: Mail) -> None:
        await asyncio.to_thread(self._write, mail)

    def _write(self, mail: Mail) -> None:
        name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:8]}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Under its own name only when it is whole: somebody may be waiting for `*.eml`.
            unfinished = self._folder / f".{name}.unfinished"
            unfinished.write_bytes(bytes(mail.as_message(self._sender)))
            unfinished.replace(self._folder / name)
        except OSError as error:
            raise MailNotSent(str(error)) from error
