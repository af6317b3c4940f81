"""The mails of users. The words of each stand in `templates/<name>.txt`."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from app.clients.email import Mail
from app.modules.auth import Letters, User


@dataclass(frozen=True, kw_only=True)
class Emails:
    app_name: str
    frontend_url: str

    def invitation(self, user: User, token: str) -> Mail:
        # After the "#": browsers send that part to no server, so no log and no referrer has it.
        link = f"{self.frontend_url}/accept-invitation#token={quote(token, safe='')}"
        return self._mail(user, "invitation", link=link)

    def roles_changed(self, user: User, *, added: Set[str], removed: Set[str]) -> Mail:
        return self._mail(
            user,
            "roles_changed",
            added=", ".join(sorted(added)),
            removed=", ".join(sorted(removed)),
        )

    def deactivated(self, user: User) -> Mail:
        return self._mail(user, "deactivated")

    def closed(self, user: User, due: datetime) -> Mail:
        return self._mail(user, "closed", due=due)

    def second_factors_reset(self, user: User) -> Mail:
        return self._mail(user, "second_factors_reset")

    def _mail(self, user: User, template: str, *, link: str = "", **values: object) -> Mail:
        letters = Letters(__package__, self.app_name)
        return letters.write(user.email, template, link=link or self.frontend_url, **values)
