"""Accounts, sessions and signing in. Other blocks import from here, never from inside.

- Who is calling: `CurrentUser`, `CurrentSession`, `FreshSession` in the signature of an endpoint.
- Ask a further question at the login: provide a `SecondFactor` at `SECOND_FACTORS`, and answer it
  with `auth.sign_in.take_second_step(…)` and `login_answer(…)`, where `auth: CurrentAuth`. Leave it
  out on devices that a `DeviceTrust` at `DEVICE_TRUST` knows.
- Ask for something before anything else: provide a `Duty` at `DUTIES`, and let the routes that
  fulfil it take an `EnrollingSession`.
- Say what somebody may do: provide a `PermissionSource` at `PERMISSIONS`.
- Act for somebody: `auth.sessions.open_for(user, impersonator, device)`.
- Look for people by a query of your own: join `UserRow`. Write by `auth.users` alone.
- Hear what happens to accounts: listen to `SecurityEvent`, or to one of its subclasses.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from app.core.blocks import Block, on
from app.core.caller import CALLERS
from app.core.config import CoreSettings
from app.core.startup import weakness_of
from app.modules.auth.addresses import EmailAddress
from app.modules.auth.answers import LoginAnswer, TokensAnswer, login_answer, tokens_answer
from app.modules.auth.callers import SessionCallers
from app.modules.auth.composition import Auth
from app.modules.auth.cookies import TRUSTED_DEVICE
from app.modules.auth.db_models import UserRow
from app.modules.auth.dependencies import (
    CurrentAuth,
    CurrentSession,
    CurrentUser,
    EnrollingSession,
    FreshEnrollingSession,
    FreshSession,
    OwnerOnly,
)
from app.modules.auth.events import (
    AccountClaimed,
    AccountRestored,
    DeletionScheduled,
    EmailChanged,
    EmailChangeRequested,
    EmailChangeUndone,
    EmailVerified,
    ImpersonationEnded,
    ImpersonationStarted,
    PasswordChanged,
    PasswordReset,
    Reauthenticated,
    RefreshTokenReused,
    SecurityEvent,
    SessionRevoked,
    SignInFailed,
    UserRegistered,
    UserSignedIn,
)
from app.modules.auth.exceptions import (
    EmailTaken,
    InvalidCredentials,
    InvalidOneTimeToken,
    LastAdmin,
    WeakPassword,
    WrongAnswer,
)
from app.modules.auth.interfaces import (
    DEVICE_TRUST,
    DUTIES,
    PERMISSIONS,
    SECOND_FACTORS,
    DeviceTrust,
    Duty,
    Grants,
    PermissionSource,
    SecondFactor,
    Surroundings,
    UserRepositoryInterface,
)
from app.modules.auth.letters import Letters
from app.modules.auth.lifespan import lifespan
from app.modules.auth.models import (
    IMPERSONATE,
    MOST_FAILED_LOGINS,
    Device,
    Purpose,
    Session,
    SessionId,
    SignedInUser,
    User,
    UserId,
    folded,
)
from app.modules.auth.passwords import LEAST_MEMORY_KIB, LEAST_PASSES
from app.modules.auth.router import router, well_known
from app.modules.auth.schemas import Address, Name, Password, Token
from app.modules.auth.security_log import record
from app.modules.auth.service import IssuedTokens, SecondStepNeeded, SignedIn
from app.modules.auth.settings import AuthSettings

if TYPE_CHECKING:
    import click

__all__ = [
    "DEVICE_TRUST",
    "DUTIES",
    "IMPERSONATE",
    "MOST_FAILED_LOGINS",
    "PERMISSIONS",
    "SECOND_FACTORS",
    "TRUSTED_DEVICE",
    "AccountClaimed",
    "AccountRestored",
    "Address",
    "Auth",
    "AuthSettings",
    "CurrentAuth",
    "CurrentSession",
    "CurrentUser",
    "DeletionScheduled",
    "Device",
    "DeviceTrust",
    "Duty",
    "EmailAddress",
    "EmailChangeRequested",
    "EmailChangeUndone",
    "EmailChanged",
    "EmailTaken",
    "EmailVerified",
    "EnrollingSession",
    "FreshEnrollingSession",
    "FreshSession",
    "Grants",
    "ImpersonationEnded",
    "ImpersonationStarted",
    "InvalidCredentials",
    "InvalidOneTimeToken",
    "IssuedTokens",
    "LastAdmin",
    "Letters",
    "LoginAnswer",
    "Name",
    "OwnerOnly",
    "Password",
    "PasswordChanged",
    "PasswordReset",
    "PermissionSource",
    "Purpose",
    "Reauthenticated",
    "RefreshTokenReused",
    "SecondFactor",
    "SecondStepNeeded",
    "SecurityEvent",
    "Session",
    "SessionId",
    "SessionRevoked",
    "SignInFailed",
    "SignedIn",
    "SignedInUser",
    "Surroundings",
    "Token",
    "TokensAnswer",
    "User",
    "UserId",
    "UserRegistered",
    "UserRepositoryInterface",
    "UserRow",
    "UserSignedIn",
    "WeakPassword",
    "WrongAnswer",
    "block",
    "folded",
    "login_answer",
    "tokens_answer",
]


def _commands() -> "Sequence[click.Command]":
    from app.modules.auth.commands import create_dev_user

    return [create_dev_user]


def _problems(settings: CoreSettings) -> Iterable[str]:
    auth = settings.section(AuthSettings)
    for pepper in auth.peppers:
        if weakness := weakness_of(pepper):
            yield f"one of PASSWORD_PEPPERS {weakness}"
    if auth.hashes_too_quickly and not settings.is_test():
        yield (
            "PASSWORD_HASH_MEMORY_KIB and PASSWORD_HASH_PASSES make hashes too cheap: "
            f"{LEAST_MEMORY_KIB} and {LEAST_PASSES} are the least"
        )
    if settings.is_production() and auth.cookie_secure is False:
        yield "AUTH_COOKIE_SECURE is false: cookies would travel where anybody can read them"
    if settings.is_production() and auth.seed_email:
        yield "AUTH_SEED_EMAIL is set: in production nobody has an account that came by itself"


block = Block(
    name="auth",
    router=router,
    well_known=well_known,
    provides=[CALLERS.provided_by(SessionCallers)],
    listens=[on(SecurityEvent, record)],
    lifespan=lifespan,
    commands=_commands,
    problems=_problems,
)
