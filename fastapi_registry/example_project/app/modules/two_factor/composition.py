"""Where two_factor's parts are put together, for one unit of work."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends

from app.core.config import AppSettings, SecuritySettings
from app.core.crypto import Seals
from app.core.work import UnitOfWork
from app.modules.auth import Auth, CurrentAuth
from app.modules.two_factor.ceremonies import RelyingParty
from app.modules.two_factor.emails import Emails
from app.modules.two_factor.repositories import (
    BackupCodeRepository,
    OwnerRepository,
    PasskeyRepository,
    TotpRepository,
    TrustedDeviceRepository,
    WrongAnswersRepository,
)
from app.modules.two_factor.service import (
    Attempts,
    BackupCodes,
    Changes,
    Passkeys,
    Policy,
    Totp,
    TrustedDevices,
)
from app.modules.two_factor.settings import TwoFactorSettings


@dataclass(frozen=True)
class TwoFactor:
    """All that two_factor can do."""

    auth: Auth

    @classmethod
    def of(cls, work: UnitOfWork) -> "TwoFactor":
        """For what no request asks for: listeners, commands, and auth at a login."""
        return cls(Auth(work))

    @property
    def work(self) -> UnitOfWork:
        return self.auth.work

    @cached_property
    def settings(self) -> TwoFactorSettings:
        return self.work.section(TwoFactorSettings)

    @cached_property
    def totp(self) -> Totp:
        return Totp(
            secrets=TotpRepository(self.work),
            passkeys=PasskeyRepository(self.work),
            seals=self.seals,
            attempts=self.attempts,
            backup_codes=self.backup_codes,
            changes=self.changes,
            parameters=self.settings.totp_parameters,
            window=self.settings.totp_time_window,
            issuer=self.settings.totp_issuer or self._app.name,
            setup_lifetime=timedelta(minutes=self.settings.setup_minutes),
            patience=self.settings.patience,
            world=self.work,
        )

    @cached_property
    def passkeys(self) -> Passkeys:
        return Passkeys(
            passkeys=PasskeyRepository(self.work),
            secrets=TotpRepository(self.work),
            site=site(self.settings, self._app),
            attempts=self.attempts,
            backup_codes=self.backup_codes,
            changes=self.changes,
            auth=self.auth,
            most=self.settings.passkeys_per_user,
            patience=self.settings.patience,
            world=self.work,
        )

    @cached_property
    def backup_codes(self) -> BackupCodes:
        return BackupCodes(
            codes=BackupCodeRepository(self.work),
            attempts=self.attempts,
            policy=self.policy,
            changes=self.changes,
            count=self.settings.backup_codes_count,
            patience=self.settings.patience,
            world=self.work,
        )

    @cached_property
    def trusted_devices(self) -> TrustedDevices:
        return TrustedDevices(
            devices=TrustedDeviceRepository(self.work),
            lifetime=timedelta(days=self.settings.trusted_device_days),
            world=self.work,
        )

    @cached_property
    def policy(self) -> Policy:
        return Policy(
            required_for=self.settings.required_for,
            secrets=TotpRepository(self.work),
            passkeys=PasskeyRepository(self.work),
        )

    @cached_property
    def changes(self) -> Changes:
        return Changes(auth=self.auth, owners=OwnerRepository(self.work), policy=self.policy)

    @cached_property
    def attempts(self) -> Attempts:
        return Attempts(
            wrong=WrongAnswersRepository(self.work),
            most=self.settings.most_attempts,
            lockout=self.settings.lockout,
            world=self.work,
        )

    @cached_property
    def seals(self) -> Seals:
        """The first key seals. Without one of its own that is the app's, which opens in any case:
        what was sealed before there was one must not be lost."""
        secrets = self.work.section(SecuritySettings).secrets
        return Seals.of((*self.settings.keys, *secrets), "two_factor: secrets at rest")

    @cached_property
    def emails(self) -> Emails:
        return Emails(app_name=self._app.name, frontend_url=self._app.frontend_url)

    @property
    def _app(self) -> AppSettings:
        return self.work.section(AppSettings)


def site(settings: TwoFactorSettings, app: AppSettings) -> RelyingParty:
    """By settings alone: what a request says of itself, its sender chooses."""
    front_end = urlsplit(app.frontend_url)
    origins = settings.webauthn_origin or (f"{front_end.scheme}://{front_end.netloc}",)
    return RelyingParty(
        id=settings.webauthn_rp_id or urlsplit(origins[0]).hostname or "",
        name=settings.webauthn_rp_name or app.name,
        origins=origins,
        timeout=timedelta(milliseconds=settings.webauthn_timeout),
    )


async def two_factor_of_request(auth: CurrentAuth) -> TwoFactor:
    return TwoFactor(auth)


CurrentTwoFactor = Annotated[TwoFactor, Depends(two_factor_of_request)]
