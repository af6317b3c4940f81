"""Second factors: authenticator apps, passkeys, backup codes. Other blocks import from here.

It joins auth at its extension points alone: every way to sign in asks for what is set up here.
Hear of changes: listen to `FactorEvent`, or to one of its subclasses.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.core.blocks import Block, on
from app.core.config import AppSettings, CoreSettings
from app.core.startup import COMMAND_FOR_A_KEY, weakness_of
from app.modules.auth import (
    DEVICE_TRUST,
    DUTIES,
    SECOND_FACTORS,
    AccountClaimed,
    EmailChanged,
    EmailChangeUndone,
    PasswordChanged,
    PasswordReset,
)
from app.modules.two_factor.composition import TwoFactor, site
from app.modules.two_factor.events import (
    BackupCodesReplaced,
    BackupCodeUsed,
    DeviceTrusted,
    FactorAdded,
    FactorEvent,
    FactorForgotten,
    FactorRemoved,
    PasskeyCloned,
)
from app.modules.two_factor.listeners import (
    forget_devices,
    forget_factors,
    forget_later_factors,
    tell_the_owner,
)
from app.modules.two_factor.router import router
from app.modules.two_factor.settings import TwoFactorSettings

if TYPE_CHECKING:
    import click

__all__ = [
    "BackupCodeUsed",
    "BackupCodesReplaced",
    "DeviceTrusted",
    "FactorAdded",
    "FactorEvent",
    "FactorForgotten",
    "FactorRemoved",
    "PasskeyCloned",
    "TwoFactorSettings",
    "block",
]


def _commands() -> "Sequence[click.Command]":
    from app.modules.two_factor.commands import reseal_two_factor

    return [reseal_two_factor]


def _problems(settings: CoreSettings) -> Iterable[str]:
    two_factor = settings.section(TwoFactorSettings)
    if settings.is_production() and not two_factor.encryption_key.get_secret_value():
        yield f"TWO_FACTOR_ENCRYPTION_KEY is not set. Make a good one: {COMMAND_FOR_A_KEY}"
    for key in two_factor.keys:
        if weakness := weakness_of(key):
            yield f"TWO_FACTOR_ENCRYPTION_KEY, or one of the previous ones, {weakness}"
    passkeys = site(two_factor, settings.section(AppSettings))
    for origin in passkeys.origins:
        host = urlsplit(origin).hostname or ""
        if host != passkeys.id and not host.endswith(f".{passkeys.id}"):
            yield f"WEBAUTHN_ORIGIN {origin} is not of WEBAUTHN_RP_ID {passkeys.id}"


_ENDS_OF_TRUST = (
    BackupCodesReplaced,
    EmailChanged,
    FactorAdded,
    FactorForgotten,
    FactorRemoved,
    PasswordChanged,
    PasswordReset,
)

block = Block(
    name="two_factor",
    router=router,
    provides=[
        # The first that is set up is the preferred one: no page of a thief gets a passkey's answer.
        SECOND_FACTORS.provided_by(lambda work: TwoFactor.of(work).passkeys),
        SECOND_FACTORS.provided_by(lambda work: TwoFactor.of(work).totp),
        SECOND_FACTORS.provided_by(lambda work: TwoFactor.of(work).backup_codes),
        DEVICE_TRUST.provided_by(lambda work: TwoFactor.of(work).trusted_devices),
        DUTIES.provided_by(lambda work: TwoFactor.of(work).policy),
    ],
    listens=[
        on(FactorEvent, tell_the_owner),
        *(on(event, forget_devices) for event in _ENDS_OF_TRUST),
        on(AccountClaimed, forget_factors),
        on(EmailChangeUndone, forget_later_factors),
    ],
    commands=_commands,
    problems=_problems,
)
