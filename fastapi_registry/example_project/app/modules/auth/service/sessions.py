"""Opening, continuing and ending sessions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from app.core.errors import InvalidToken
from app.core.ids import uuid7
from app.modules.auth.emails import Emails
from app.modules.auth.events import (
    ImpersonationEnded,
    ImpersonationStarted,
    RefreshTokenReused,
    SecurityEvent,
    SessionRevoked,
    UserSignedIn,
)
from app.modules.auth.exceptions import RefreshTokenReplayed, SessionExpired, SessionNotFound
from app.modules.auth.interfaces import (
    Limit,
    SessionRepositoryInterface,
    Surroundings,
    Throttle,
)
from app.modules.auth.models import (
    TWO_FACTORS,
    Device,
    Lifetimes,
    RefreshVerdict,
    Session,
    SessionId,
    SignedInUser,
    User,
    UserId,
)
from app.modules.auth.tokens import AccessTokens, RefreshTokens

_FAILURES_WORTH_A_MAIL = 5


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What a client holds of its session."""

    access_token: str
    refresh_token: str
    expires_in: timedelta
    """Of the access token."""


@dataclass(frozen=True, kw_only=True)
class Sessions:
    sessions: SessionRepositoryInterface
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    emails: Emails
    lifetimes: Lifetimes
    most: int
    throttle: Throttle
    world: Surroundings

    async def open(self, user: User, methods: tuple[str, ...], device: Device) -> IssuedTokens:
        """A new session, with an id of its own: none from before the login is carried on."""
        now = self.world.now()
        await self._tell_of_surprises(user, device)
        await self._make_room(user.id)
        session = Session(
            id=uuid7(),
            user_id=user.id,
            created_at=now,
            authenticated_at=now,
            methods=methods,
            refreshed_at=now,
            expires_at=now + self.lifetimes.session_absolute,
            ip=device.ip,
            user_agent=device.user_agent,
        )
        await self.sessions.add(session)
        await self.world.publish(
            UserSignedIn(user_id=user.id, session_id=session.id, device=device)
        )
        return self.tokens_of(session)

    async def open_for(
        self, user: User, impersonator: SignedInUser, device: Device
    ) -> IssuedTokens:
        """A short session in which somebody acts for the user. That they may, you have asked."""
        now = self.world.now()
        session = Session(
            id=uuid7(),
            user_id=user.id,
            created_at=now,
            authenticated_at=impersonator.session.authenticated_at,
            methods=impersonator.session.methods,
            refreshed_at=now,
            expires_at=now + self.lifetimes.impersonation,
            ip=device.ip,
            user_agent=device.user_agent,
            impersonator_id=impersonator.user.id,
            impersonator_session_id=impersonator.session.id,
        )
        await self.sessions.add(session)
        await self.world.publish(
            ImpersonationStarted(
                user_id=user.id,
                session_id=session.id,
                device=device,
                impersonator_id=impersonator.user.id,
            )
        )
        return self.tokens_of(session)

    async def refresh(self, token: str) -> IssuedTokens:
        """The successor of a refresh token, and a new access token.

        Raises `InvalidToken`, `SessionExpired`, or `RefreshTokenReplayed` after it ended the
        session: then an old token came back, so somebody who stole one and its owner both hold
        the session, and nobody can say who is who (RFC 9700, section 4.14.2).
        """
        claims = self.refresh_tokens.read(token)
        await self.throttle.hit(Limit.REFRESH, str(claims.session_id))
        found = await self._open_session(claims.session_id)
        now = self.world.now()
        match found.session.judge(claims.counter, now, grace=self.lifetimes.refresh_grace):
            case RefreshVerdict.REPEAT:
                return self.tokens_of(found.session)
            case RefreshVerdict.REUSED:
                await self._end_stolen(found)
                raise RefreshTokenReplayed
        if await self.sessions.rotate(found.session.id, counter=claims.counter, now=now):
            return self.tokens_of(replace(found.session, counter=claims.counter + 1))
        # Somebody was faster with the same token. Looking again finds what they left, so
        # parallel refreshes all end in one successor.
        return await self.refresh(token)

    async def renew(self, session: Session, methods: tuple[str, ...]) -> IssuedTokens:
        """Tokens after its owner proved again who they are. The old refresh token is spent.

        One proof alone does not make fresh what was opened with two.
        """
        now = self.world.now()
        is_weaker = session.is_proved_twice and TWO_FACTORS not in methods
        proved_at = session.authenticated_at if is_weaker else now
        proved = tuple(dict.fromkeys((*session.methods, *methods)))
        counter = await self.sessions.renew(
            session.id, methods=proved, authenticated_at=proved_at, now=now
        )
        return self.tokens_of(
            replace(session, methods=proved, authenticated_at=proved_at, counter=counter)
        )

    async def listed(self, user_id: UserId, *, skip: int = 0) -> Sequence[Session]:
        """Those that are open, the newest first."""
        return await self.sessions.open_sessions(
            user_id, self.world.now(), idle=self.lifetimes.session_idle, skip=skip
        )

    async def end(self, user_id: UserId, session_id: SessionId) -> None:
        """Raises `SessionNotFound`, also for a session of somebody else."""
        found = await self.sessions.with_user(session_id)
        if found is None or found.user.id != user_id:
            raise SessionNotFound
        await self._revoke(found.session)

    async def end_all(self, user_id: UserId, *, keep: SessionId | None = None) -> None:
        now = self.world.now()
        for session_id in await self.sessions.revoke_all(user_id, now, keep=keep):
            await self.world.publish(SessionRevoked(user_id=user_id, session_id=session_id))

    async def log_out(self, refresh_token: str, *, all_sessions: bool) -> None:
        """End the session of this token, or all of its user's. Doing it again is no error."""
        try:
            claims = self.refresh_tokens.read(refresh_token)
            found = await self._open_session(claims.session_id)
        except InvalidToken:
            return
        await self.leave(found.session, everywhere=all_sessions)

    async def leave(self, session: Session, *, everywhere: bool) -> None:
        """End it, or all of its user. Who acts for the user ends nothing but their own."""
        if everywhere and session.impersonator_id is None:
            await self.end_all(session.user_id)
        else:
            await self._revoke(session)

    def tokens_of(self, session: Session) -> IssuedTokens:
        return IssuedTokens(
            self.access_tokens.issue(session, self.world.now()),
            self.refresh_tokens.issue(session.id, session.counter),
            self.lifetimes.access_token,
        )

    async def _open_session(self, session_id: SessionId) -> SignedInUser:
        found = await self.sessions.with_user(session_id)
        if found is None:
            raise InvalidToken
        is_open = found.session.is_open(self.world.now(), idle=self.lifetimes.session_idle)
        if not is_open or not found.user.may_sign_in:
            raise SessionExpired
        return found

    async def _end_stolen(self, found: SignedInUser) -> None:
        await self._revoke(found.session)
        await self.world.publish(
            RefreshTokenReused(user_id=found.user.id, session_id=found.session.id)
        )
        await self.world.send(self.emails.session_ended(found.user))

    async def _revoke(self, session: Session) -> None:
        if await self.sessions.revoke(session.id, self.world.now()):
            await self.world.publish(_end_of(session))

    async def _make_room(self, user_id: UserId) -> None:
        for oldest in await self.listed(user_id, skip=self.most - 1):
            await self._revoke(oldest)

    async def _tell_of_surprises(self, user: User, device: Device) -> None:
        """The owner hears of a login that they might not have made."""
        guessed = user.failed_logins >= _FAILURES_WORTH_A_MAIL
        if guessed or await self.sessions.is_new_device(user.id, device):
            await self.world.send(self.emails.new_sign_in(user, device, self.world.now()))


def _end_of(session: Session) -> SecurityEvent:
    if session.impersonator_id is None:
        return SessionRevoked(user_id=session.user_id, session_id=session.id)
    return ImpersonationEnded(
        user_id=session.user_id, session_id=session.id, impersonator_id=session.impersonator_id
    )
