"""What people can do with their second factors. Knows neither HTTP nor SQL.

`totp`, `passkeys` and `backup_codes` are the factors themselves, as auth asks for them at a login.
`trusted_devices` is where they are not asked; `attempts` counts wrong answers to all of them; and
`changes` is what adding and removing any of them has in common.
"""

from app.modules.two_factor.service.attempts import Attempts
from app.modules.two_factor.service.backup_codes import BackupCodes
from app.modules.two_factor.service.changes import Changes
from app.modules.two_factor.service.passkeys import Asked, Passkeys
from app.modules.two_factor.service.policy import Policy
from app.modules.two_factor.service.totp import Setup, Totp
from app.modules.two_factor.service.trusted_devices import TrustedDevices

__all__ = [
    "Asked",
    "Attempts",
    "BackupCodes",
    "Changes",
    "Passkeys",
    "Policy",
    "Setup",
    "Totp",
    "TrustedDevices",
]
