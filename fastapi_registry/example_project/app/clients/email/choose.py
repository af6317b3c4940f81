"""Which way mails go, by the settings."""

from pathlib import Path

from app.clients.email.console import ConsoleMailer
from app.clients.email.file import FileMailer
from app.clients.email.mail import Mail, Mailer
from app.core.config import EmailSettings


class NoMailer:
    """`EMAIL_ENABLED=false`: mails are thrown away."""

    async def deliver(self, mail: Mail) -> None:
        return None


def mailer_of(settings: EmailSettings) -> Mailer:
    if not settings.enabled:
        return NoMailer()
    if settings.adapter == "file":
        return FileMailer(Path(settings.file_path), settings.smtp_from)
    if settings.adapter == "console":
        return ConsoleMailer()
    from app.clients.email.smtp import SmtpMailer

    return SmtpMailer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_from,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        use_tls=settings.smtp_use_tls,
    )
