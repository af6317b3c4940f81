"""The mails of auth. The words of each stand in `templates/<name>.txt`."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from app.clients.email import Mail
from app.modules.auth.letters import Letters
from app.modules.auth.models import Device, User


@dataclass(frozen=True, kw_only=True)
class Emails:
    """Writes mails. No name stands in one to an address that is not proved: anybody can
    register anybody's address, and would choose the name as an advertisement."""

    app_name: str
    frontend_url: str

    def verify_email(self, user: User, token: str) -> Mail:
        return self._mail(user.email, "verify_email", link=self._link("verify-email", token))

    def welcome(self, user: User) -> Mail:
        return self._mail(user.email, "welcome", name=user.name, link=self.frontend_url)

    def already_registered(self, user: User) -> Mail:
        link = f"{self.frontend_url}/forgot-password"
        return self._mail(user.email, "already_registered", link=link)

    def reset_password(self, user: User, token: str) -> Mail:
        return self._mail(user.email, "reset_password", link=self._link("reset-password", token))

    def password_changed(self, user: User) -> Mail:
        link = f"{self.frontend_url}/forgot-password"
        return self._mail(user.email, "password_changed", link=link)

    def magic_link(self, user: User, token: str) -> Mail:
        return self._mail(user.email, "magic_link", link=self._link("magic-link", token))

    def new_sign_in(self, user: User, device: Device, at: datetime) -> Mail:
        link = f"{self.frontend_url}/forgot-password"
        return self._mail(user.email, "new_sign_in", device=device, at=at, link=link)

    def session_ended(self, user: User) -> Mail:
        link = f"{self.frontend_url}/forgot-password"
        return self._mail(user.email, "session_ended", link=link)

    def approve_email_change(self, user: User, new_address: str, token: str) -> Mail:
        link = self._link("approve-email-change", token)
        return self._mail(user.email, "approve_email_change", new_address=new_address, link=link)

    def change_email(self, new_address: str, token: str) -> Mail:
        return self._mail(new_address, "change_email", link=self._link("change-email", token))

    def email_changed(self, before: User, after: User, undo_token: str) -> Mail:
        """To the old address, which its owner may have lost to a thief."""
        link = self._link("undo-email-change", undo_token)
        return self._mail(before.email, "email_changed", new_address=after.email, link=link)

    def deletion_scheduled(self, user: User, due: datetime, token: str) -> Mail:
        link = self._link("restore-account", token)
        return self._mail(user.email, "deletion_scheduled", due=due, link=link)

    def _link(self, page: str, token: str) -> str:
        # Built from FRONTEND_URL, never from the `Host` of a request, which its sender chooses.
        # After the "#": browsers send that part to no server, so no log and no referrer has it.
        return f"{self.frontend_url}/{page}#token={quote(token, safe='')}"

    def _mail(self, to: str, template: str, *, link: str, **values: object) -> Mail:
        return Letters(__package__, self.app_name).write(to, template, link=link, **values)
