"""What two_factor tells the other blocks, in the transaction in which it happened."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.modules.auth import SecurityEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorEvent(SecurityEvent):
    """Something that the owner of an account is told by mail."""

    factor: str

    @property
    def details(self) -> Mapping[str, str]:
        return {**super(FactorEvent, self).details, "factor": self.factor}


class FactorAdded(FactorEvent):
    """An authenticator app or a passkey was set up, or took the place of another."""

    kind = "two_factor_added"


class FactorRemoved(FactorEvent):
    """By its owner."""

    kind = "two_factor_removed"


class BackupCodesReplaced(FactorEvent):
    """The old ones are worth nothing."""

    kind = "backup_codes_replaced"


class BackupCodeUsed(FactorEvent):
    """Somebody signed in, or proved who they are, by a code on paper."""

    kind = "backup_code_used"


class FactorForgotten(SecurityEvent):
    """Not by its owner, who lost it. Whoever did so for them tells them."""

    kind = "two_factor_forgotten"


class DeviceTrusted(SecurityEvent):
    """For a while a login there needs no second factor."""

    kind = "device_trusted"
    by_owner = True


class PasskeyCloned(SecurityEvent):
    """A passkey counted backwards: there may be a copy of it. It was refused."""

    kind = "passkey_cloned"
    outcome = "failure"
