"""The use cases on stores in memory: no app, no database, no HTTP."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from app.clients.email import Mail
from app.core.errors import InvalidToken
from app.core.ids import uuid7
from app.modules.auth.addresses import EmailAddress
from app.modules.auth.emails import Emails
from app.modules.auth.events import PasswordReset, SessionRevoked, UserRegistered, UserSignedIn
from app.modules.auth.exceptions import (
    InvalidCredentials,
    InvalidOneTimeToken,
    RefreshTokenReplayed,
)
from app.modules.auth.interfaces import Limit
from app.modules.auth.memory_stores import OneTimeTokenStore, SessionStore, UserStore
from app.modules.auth.models import Device, Purpose, User
from app.modules.auth.password_policy import PasswordPolicy
from app.modules.auth.service import (
    Accepted,
    Links,
    Passwords,
    Registered,
    Registration,
    SecondFactors,
    Sessions,
    SignedIn,
    SignIn,
)
from app.modules.auth.settings import AuthSettings
from app.modules.auth.signing_keys import signing_key
from app.modules.auth.tests.conftest import (
    ANOTHER_PASSWORD,
    PASSWORD,
    PASSWORD_HASH,
    QUICK_HASHES,
)
from app.modules.auth.tokens import AccessTokens, RefreshTokens

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
PHONE = Device("192.0.2.1", "phone")
ADA = EmailAddress.parse("ada@example.com")


@dataclass
class SmallWorld:
    """`Surroundings` that a test can look into."""

    time: datetime = NOW
    events: list[object] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    async def publish(self, event: object) -> None:
        self.events.append(event)

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)

    async def send_to_nobody(self) -> None:
        """Time is no object here."""


class NoThrottle:
    async def hit(self, limit: Limit, key: str) -> None:
        """Nothing is counted here."""

    async def mail(self, address: str, kind: str) -> None:
        """Nor mails."""

    async def try_password(self, account: str) -> None:
        """Nor here."""

    async def failures(self, account: str) -> int:
        return 0

    async def count_failure(self, account: str) -> None:
        """Nor these."""

    async def forgive(self, account: str) -> None:
        """So there is nothing to forgive."""


class Parts:
    """What `composition.py` does for the app, on stores."""

    def __init__(self, *, settings: AuthSettings | None = None) -> None:
        self.settings = settings or AuthSettings.model_validate(QUICK_HASHES)
        hashing = self.settings.hashing
        policy = PasswordPolicy(minimum=12, app_name="Shop")
        self.world = SmallWorld()
        self.users = UserStore()
        self.throttle = NoThrottle()
        self.emails = Emails(app_name="Shop", frontend_url="https://shop.example")
        lifetimes = self.settings.lifetimes
        self.links = Links(
            users=self.users, tokens=OneTimeTokenStore(), lifetimes=lifetimes, world=self.world
        )
        self.sessions = Sessions(
            sessions=SessionStore(self.users),
            access_tokens=AccessTokens(
                keys=(signing_key("a root secret", "HS256"),),
                issuer="auth",
                audience="api",
                lifetime=lifetimes.access_token,
            ),
            refresh_tokens=RefreshTokens(keys=(b"r" * 64,)),
            emails=self.emails,
            lifetimes=lifetimes,
            most=20,
            throttle=self.throttle,
            world=self.world,
        )
        self.registration = Registration(
            users=self.users,
            links=self.links,
            emails=self.emails,
            hashing=hashing,
            settings=self.settings,
            policy=policy,
            throttle=self.throttle,
            world=self.world,
        )
        self.sign_in = SignIn(
            users=self.users,
            sessions=self.sessions,
            links=self.links,
            emails=self.emails,
            hashing=hashing,
            factors=SecondFactors([]),
            verification_required=True,
            throttle=self.throttle,
            world=self.world,
        )
        self.passwords = Passwords(
            users=self.users,
            sessions=self.sessions,
            links=self.links,
            emails=self.emails,
            hashing=hashing,
            policy=policy,
            throttle=self.throttle,
            world=self.world,
        )

    async def with_ada(self) -> User:
        ada = User(
            id=uuid7(),
            email=ADA.address,
            email_key=ADA.key,
            name="Ada",
            password_hash=PASSWORD_HASH,
            email_verified_at=NOW,
            created_at=NOW,
        )
        await self.users.add(ada)
        return ada


@pytest.fixture
def auth() -> Parts:
    return Parts()


async def test_registering_makes_an_unverified_user_and_posts_a_link(auth: Parts) -> None:
    outcome = await auth.registration.register(ADA, PASSWORD, "Ada")

    user = await auth.users.by_email_key(ADA.key)
    assert outcome == Accepted()
    assert user is not None
    assert not user.email_verified
    assert auth.world.events == [UserRegistered(user_id=user.id)]
    assert [mail.to for mail in auth.world.mails] == ["ada@example.com"]


async def test_without_verification_the_new_user_is_the_answer() -> None:
    auth = Parts(settings=AuthSettings(email_verification_required=False))

    outcome = await auth.registration.register(ADA, PASSWORD, "Ada")

    assert isinstance(outcome, Registered)
    assert outcome.user == await auth.users.by_email_key(ADA.key)


async def test_signs_in_with_the_right_password(auth: Parts) -> None:
    ada = await auth.with_ada()

    outcome = await auth.sign_in.with_password("ADA@example.com", PASSWORD, PHONE)

    assert isinstance(outcome, SignedIn)
    assert outcome.user == replace(ada, last_login_at=NOW)
    assert [type(event) for event in auth.world.events] == [UserSignedIn]


async def test_a_wrong_password_is_counted_until_the_next_login(auth: Parts) -> None:
    ada = await auth.with_ada()
    for _ in range(2):
        with pytest.raises(InvalidCredentials):
            await auth.sign_in.with_password("ada@example.com", "wrong", PHONE)
    after_failures = await auth.users.by_id(ada.id)

    await auth.sign_in.with_password("ada@example.com", PASSWORD, PHONE)

    after_login = await auth.users.by_id(ada.id)
    assert after_failures is not None
    assert after_failures.failed_logins == 2
    assert after_login is not None
    assert after_login.failed_logins == 0


async def test_does_not_tell_an_unknown_address_from_a_wrong_password(auth: Parts) -> None:
    await auth.with_ada()

    with pytest.raises(InvalidCredentials) as wrong:
        await auth.sign_in.with_password("ada@example.com", "wrong", PHONE)
    with pytest.raises(InvalidCredentials) as unknown:
        await auth.sign_in.with_password("nobody@example.com", "wrong", PHONE)

    assert str(wrong.value) == str(unknown.value)


async def test_an_old_refresh_token_ends_the_session_and_its_owner_hears_of_it(
    auth: Parts,
) -> None:
    ada = await auth.with_ada()
    first = await auth.sessions.open(ada, ("pwd",), PHONE)
    second = await auth.sessions.refresh(first.refresh_token)
    auth.world.time += timedelta(seconds=11)

    with pytest.raises(RefreshTokenReplayed):
        await auth.sessions.refresh(first.refresh_token)

    with pytest.raises(InvalidToken):
        await auth.sessions.refresh(second.refresh_token)
    assert auth.world.mails[-1].subject == "We ended one of your sessions at Shop"


async def test_a_session_that_proves_itself_again_keeps_how_it_began(auth: Parts) -> None:
    ada = await auth.with_ada()
    await auth.sessions.open(ada, ("email",), PHONE)
    [session] = await auth.sessions.listed(ada.id)
    auth.world.time += timedelta(minutes=30)

    await auth.sessions.renew(session, ("pwd",))

    [renewed] = await auth.sessions.listed(ada.id)
    assert renewed.methods == ("email", "pwd")
    assert renewed.authenticated_at == auth.world.time


async def test_a_reset_replaces_the_password_and_ends_every_session(auth: Parts) -> None:
    ada = await auth.with_ada()
    await auth.sessions.open(ada, ("pwd",), PHONE)
    token = await auth.links.make(ada, Purpose.RESET_PASSWORD)

    await auth.passwords.reset(token, ANOTHER_PASSWORD)

    assert await auth.sessions.listed(ada.id) == []
    kinds = [type(event) for event in auth.world.events]
    assert kinds == [UserSignedIn, SessionRevoked, PasswordReset]
    with pytest.raises(InvalidOneTimeToken):
        await auth.passwords.reset(token, ANOTHER_PASSWORD)
