"""Where auth's parts are put together, for one unit of work.

To exchange a part (another place for users, another hasher of mails), edit it here.
"""

from dataclasses import dataclass
from functools import cached_property

from app.core import human_checks
from app.core.config import AppSettings, CoreSettings, SecuritySettings, ServerSettings
from app.core.work import UnitOfWork
from app.modules.auth.browsers import Browsers, origin_of
from app.modules.auth.cookies import Cookies
from app.modules.auth.emails import Emails
from app.modules.auth.interfaces import DEVICE_TRUST, PERMISSIONS, SECOND_FACTORS, Limit
from app.modules.auth.models import Device, Lifetimes
from app.modules.auth.password_policy import PasswordPolicy
from app.modules.auth.repositories import (
    OneTimeTokenRepository,
    SessionRepository,
    UserRepository,
)
from app.modules.auth.service import (
    Account,
    Deletion,
    EmailChange,
    Links,
    Passwords,
    Reauthentication,
    Registration,
    SecondFactors,
    Sessions,
    SignIn,
)
from app.modules.auth.settings import AuthSettings
from app.modules.auth.signing_keys import SigningKey, key_for, signing_key
from app.modules.auth.throttling import ClientThrottle
from app.modules.auth.tokens import AccessTokens, CsrfTokens, DeviceTokens, RefreshTokens


@dataclass(frozen=True)
class Auth:
    """All that auth can do, for one unit of work."""

    work: UnitOfWork
    device_token: str = ""
    """What the client was given at an earlier login, if it shows it."""
    trusted_device_token: str = ""
    """What the client was given when its user chose to trust it, if it shows it."""
    by_cookie: bool = False
    """Whether the client is a browser that keeps its session in cookies."""

    @cached_property
    def settings(self) -> AuthSettings:
        return self.work.section(AuthSettings)

    @cached_property
    def device(self) -> Device:
        """Where the request comes from, or the command."""
        origin = self.work.origin
        return Device(origin.ip, origin.user_agent)

    @cached_property
    def lifetimes(self) -> Lifetimes:
        return self.settings.lifetimes

    def visitor(self, token: str | None) -> human_checks.Visitor:
        """Whoever sent the request, with what they show to prove that they are human."""
        return human_checks.visitor(self.work, token)

    @cached_property
    def users(self) -> UserRepository:
        return UserRepository(self.work)

    @cached_property
    def account(self) -> Account:
        return Account(users=self.users, permissions=self.work.all(PERMISSIONS))

    @cached_property
    def registration(self) -> Registration:
        return Registration(
            users=self.users,
            links=self.links,
            emails=self.emails,
            hashing=self.settings.hashing,
            settings=self.settings,
            policy=password_policy(self.work),
            throttle=self.throttle,
            world=self.work,
        )

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(
            sessions=SessionRepository(self.work),
            access_tokens=access_tokens(self.work),
            refresh_tokens=self.work.once(_refresh_tokens),
            emails=self.emails,
            lifetimes=self.lifetimes,
            most=self.settings.sessions_per_user,
            throttle=self.throttle,
            world=self.work,
        )

    @cached_property
    def sign_in(self) -> SignIn:
        return SignIn(
            users=self.users,
            sessions=self.sessions,
            links=self.links,
            emails=self.emails,
            hashing=self.settings.hashing,
            factors=self.factors,
            verification_required=self.settings.email_verification_required,
            throttle=self.throttle,
            world=self.work,
        )

    @cached_property
    def factors(self) -> SecondFactors:
        return SecondFactors(
            self.work.all(SECOND_FACTORS), self.work.all(DEVICE_TRUST), self.trusted_device_token
        )

    @cached_property
    def reauthentication(self) -> Reauthentication:
        return Reauthentication(
            users=self.users,
            sessions=self.sessions,
            hashing=self.settings.hashing,
            factors=self.factors,
            throttle=self.throttle,
            world=self.work,
        )

    @cached_property
    def passwords(self) -> Passwords:
        return Passwords(
            users=self.users,
            sessions=self.sessions,
            links=self.links,
            emails=self.emails,
            hashing=self.settings.hashing,
            policy=password_policy(self.work),
            throttle=self.throttle,
            world=self.work,
        )

    @cached_property
    def email_change(self) -> EmailChange:
        return EmailChange(
            users=self.users,
            links=self.links,
            sessions=self.sessions,
            emails=self.emails,
            needs_approval=self.settings.email_change_needs_approval,
            throttle=self.throttle,
            world=self.work,
        )

    @cached_property
    def deletion(self) -> Deletion:
        return Deletion(
            users=self.users,
            account=self.account,
            sessions=self.sessions,
            links=self.links,
            emails=self.emails,
            hashing=self.settings.hashing,
            lifetimes=self.lifetimes,
            throttle=self.throttle,
            world=self.work,
        )

    @cached_property
    def links(self) -> Links:
        return Links(
            users=self.users,
            tokens=OneTimeTokenRepository(self.work),
            lifetimes=self.lifetimes,
            world=self.work,
        )

    @cached_property
    def emails(self) -> Emails:
        return Emails(app_name=self._app.name, frontend_url=self._app.frontend_url)

    @cached_property
    def throttle(self) -> ClientThrottle:
        rules = {
            Limit.REGISTER: self.settings.register_rate_limit,
            Limit.LOGIN: self.settings.login_rate_limit,
            Limit.REFRESH: self.settings.refresh_rate_limit,
            Limit.PASSWORD_CHANGE: self.settings.password_change_rate_limit,
            Limit.MAIL: self.settings.mail_rate_limit,
        }
        return ClientThrottle(
            limits=self.work.limits,
            rules=rules,
            client=self.device.ip,
            device_tokens=self.device_tokens,
            device_token=self.device_token,
        )

    @cached_property
    def device_tokens(self) -> DeviceTokens:
        return self.work.once(_device_tokens)

    @cached_property
    def browsers(self) -> Browsers:
        return browsers(self.work)

    @property
    def _app(self) -> AppSettings:
        return self.work.section(AppSettings)


def password_policy(work: UnitOfWork) -> PasswordPolicy:
    settings = work.section(AuthSettings)
    return PasswordPolicy(
        minimum=settings.password_min_length,
        app_name=work.section(AppSettings).name,
        leaks=settings.leaked_passwords,
    )


def access_tokens(work: UnitOfWork) -> AccessTokens:
    return work.once(_access_tokens)


def browsers(work: UnitOfWork) -> Browsers:
    return work.once(_browsers)


def signing_keys(settings: CoreSettings) -> tuple[SigningKey, ...]:
    """The one that signs, then the others that are good."""
    algorithm = settings.section(AuthSettings).jwt_algorithm
    return tuple(signing_key(secret, algorithm) for secret in _secrets(settings))


def _access_tokens(settings: CoreSettings) -> AccessTokens:
    section = settings.section(AuthSettings)
    return AccessTokens(
        keys=signing_keys(settings),
        issuer=section.jwt_issuer,
        audience=section.jwt_audience,
        lifetime=section.lifetimes.access_token,
    )


def _refresh_tokens(settings: CoreSettings) -> RefreshTokens:
    return RefreshTokens(keys=_keys(settings, "refresh tokens"))


def _device_tokens(settings: CoreSettings) -> DeviceTokens:
    return DeviceTokens(keys=_keys(settings, "device tokens"))


def _browsers(settings: CoreSettings) -> Browsers:
    section, app = settings.section(AuthSettings), settings.section(AppSettings)
    pages = (*settings.section(ServerSettings).cors_origins, app.frontend_url)
    return Browsers(
        mode=section.auth_mode,
        cookies=Cookies(secure=section.sets_secure_cookies(app.environment)),
        origins=frozenset(origin_of(page) for page in pages if page != "*"),
        refresh_tokens=_refresh_tokens(settings),
        csrf_tokens=CsrfTokens(keys=_keys(settings, "CSRF tokens")),
    )


def _keys(settings: CoreSettings, purpose: str) -> list[bytes]:
    return [key_for(secret, purpose) for secret in _secrets(settings)]


def _secrets(settings: CoreSettings) -> tuple[str, ...]:
    return settings.section(SecuritySettings).secrets
