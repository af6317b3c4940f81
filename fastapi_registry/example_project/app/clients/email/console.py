"""Mails on the terminal, for development."""

import sys

from app.clients.email.mail import Mail


class ConsoleMailer:
    async def deliver(self, mail: Mail) -> None:
        # Not through the log: a mail carries links that sign somebody in.
        sys.stderr.write(f"\n--- mail to {mail.to}: {mail.subject}\n{mail.text}\n---\n")
        sys.stderr.flush()
