"""The mails of two_factor. The words of each stand in `templates/<name>.txt`."""

from dataclasses import dataclass
from typing import Final

from app.clients.email import Mail
from app.modules.auth import Letters, User
from app.modules.two_factor.events import (
    BackupCodesReplaced,
    BackupCodeUsed,
    FactorAdded,
    FactorEvent,
    FactorRemoved,
)
from app.modules.two_factor.models import BACKUP_CODE, TOTP, WEBAUTHN

_TEMPLATES: Final[dict[type[FactorEvent], str]] = {
    FactorAdded: "factor_added",
    FactorRemoved: "factor_removed",
    BackupCodesReplaced: "backup_codes_replaced",
    BackupCodeUsed: "backup_code_used",
}
_FACTORS: Final = {TOTP: "authenticator app", WEBAUTHN: "passkey", BACKUP_CODE: "backup code"}


@dataclass(frozen=True, kw_only=True)
class Emails:
    app_name: str
    frontend_url: str

    def about(self, event: FactorEvent, user: User, *, codes_left: int) -> Mail:
        return Letters(__package__, self.app_name).write(
            user.email,
            _TEMPLATES[type(event)],
            link=f"{self.frontend_url}/forgot-password",
            factor=_FACTORS[event.factor],
            codes_left=codes_left,
        )
