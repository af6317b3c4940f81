"""Mail as a value, and the ways to hand it on."""

from app.clients.email.mail import Mail, Mailer, MailNotSent

__all__ = ["Mail", "MailNotSent", "Mailer"]
