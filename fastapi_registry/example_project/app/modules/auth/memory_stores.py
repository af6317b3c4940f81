"""Users, sessions and one-time tokens in plain Python, for unit tests and first steps.

They obey the same suite as `repositories.py`, in microseconds and without a database. Take them
where you test or try out a service on its own:

    users = UserStore([ada])

They know no transaction: what was written before an error stays written. The app itself never
uses them. To run *it* without a database, set `DATABASE_URL=memory://`, which is the real SQL with
real roll-back; `AUTH_SEED_EMAIL` and `AUTH_SEED_PASSWORD` then give it a user at each start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from app.core.errors import InvalidToken
from app.modules.auth.exceptions import EmailTaken
from app.modules.auth.interfaces import (
    OneTimeTokenRepositoryInterface,
    SessionRepositoryInterface,
    UserRepositoryInterface,
)
from app.modules.auth.models import (
    Device,
    OneTimeToken,
    Purpose,
    Session,
    SessionId,
    SignedInUser,
    User,
    UserId,
)


class UserStore(UserRepositoryInterface):
    def __init__(self, seed: Iterable[User] = ()) -> None:
        self._users = {user.id: user for user in seed}

    async def add(self, user: User) -> None:
        if await self.by_email_key(user.email_key):
            raise EmailTaken
        self._users[user.id] = user

    async def by_id(self, user_id: UserId) -> User | None:
        return self._users.get(user_id)

    async def by_email_key(self, key: str) -> User | None:
        return next((user for user in self._users.values() if user.email_key == key), None)

    async def save(self, user: User, *, instead_of: User) -> None:
        stored = self._users.get(instead_of.id)
        if stored is None:
            return
        owner = await self.by_email_key(user.email_key)
        if owner is not None and owner.id != stored.id:
            raise EmailTaken
        before, after = asdict(instead_of), asdict(user)
        changed = {name: after[name] for name in after if after[name] != before[name]}
        self._users[stored.id] = replace(stored, **changed)

    async def replace_password(self, user_id: UserId, *, old_hash: str, new_hash: str) -> bool:
        user = self._users.get(user_id)
        if user is None or user.password_hash != old_hash:
            return False
        self._users[user_id] = user.with_new_password(new_hash)
        return True

    async def count_failed_login(self, key: str) -> None:
        if user := await self.by_email_key(key):
            self._users[user.id] = replace(user, failed_logins=user.failed_logins + 1)

    async def admit(self, user: User, now: datetime) -> bool:
        stored = self._users.get(user.id)
        if stored is None or not stored.may_sign_in or stored.password_hash != user.password_hash:
            return False
        self._users[user.id] = stored.after_login(now)
        return True

    async def delete_unproved(self, key: str, *, though_used: bool = False) -> None:
        user = await self.by_email_key(key)
        if user is None or user.email_verified:
            return
        if though_used or user.last_login_at is None:
            del self._users[user.id]

    async def lock_admins(self) -> frozenset[UserId]:
        admins = (user for user in self._users.values() if user.is_admin and user.may_sign_in)
        return frozenset(user.id for user in admins)

    async def delete(self, user_id: UserId) -> None:
        self._users.pop(user_id, None)

    async def delete_due(self, now: datetime) -> int:
        due = [
            user.id
            for user in self._users.values()
            if user.deletion_due_at is not None and user.deletion_due_at <= now
        ]
        for user_id in due:
            del self._users[user_id]
        return len(due)


class SessionStore(SessionRepositoryInterface):
    def __init__(self, users: UserRepositoryInterface) -> None:
        self._users = users
        self._sessions: dict[SessionId, Session] = {}

    async def add(self, session: Session) -> None:
        self._sessions[session.id] = session

    async def with_user(self, session_id: SessionId) -> SignedInUser | None:
        session = self._sessions.get(session_id)
        user = await self._users.by_id(session.user_id) if session else None
        return SignedInUser(user, session) if user and session else None

    async def open_sessions(
        self, user_id: UserId, now: datetime, *, idle: timedelta, skip: int = 0
    ) -> Sequence[Session]:
        found = [
            session
            for session in self._sessions.values()
            if session.user_id == user_id and session.is_open(now, idle=idle)
        ]
        found.sort(key=lambda session: (session.created_at, session.id), reverse=True)
        return found[skip:]

    async def is_new_device(self, user_id: UserId, device: Device) -> bool:
        before = [
            Device(session.ip, session.user_agent)
            for session in self._sessions.values()
            if session.user_id == user_id and session.impersonator_id is None
        ]
        return bool(before) and device not in before

    async def rotate(self, session_id: SessionId, *, counter: int, now: datetime) -> bool:
        session = self._sessions.get(session_id)
        if session is None or session.revoked_at is not None or session.counter != counter:
            return False
        self._sessions[session_id] = replace(session, counter=counter + 1, refreshed_at=now)
        return True

    async def renew(
        self,
        session_id: SessionId,
        *,
        methods: tuple[str, ...],
        authenticated_at: datetime,
        now: datetime,
    ) -> int:
        session = self._sessions.get(session_id)
        if session is None or session.revoked_at is not None:
            raise InvalidToken
        renewed = replace(
            session,
            counter=session.counter + 1,
            methods=methods,
            authenticated_at=authenticated_at,
            refreshed_at=now,
        )
        self._sessions[session_id] = renewed
        return renewed.counter

    async def revoke(self, session_id: SessionId, now: datetime) -> bool:
        session = self._sessions.get(session_id)
        if session is None or session.revoked_at is not None:
            return False
        self._sessions[session_id] = replace(session, revoked_at=now)
        return True

    async def revoke_all(
        self, user_id: UserId, now: datetime, *, keep: SessionId | None = None
    ) -> Sequence[SessionId]:
        mine = [each.id for each in self._sessions.values() if each.user_id == user_id]
        return [each for each in mine if each != keep and await self.revoke(each, now)]

    async def delete_ended(self, before: datetime) -> int:
        ended = [
            session.id
            for session in self._sessions.values()
            if session.expires_at < before
            or (session.revoked_at is not None and session.revoked_at < before)
        ]
        for session_id in ended:
            del self._sessions[session_id]
        return len(ended)


class OneTimeTokenStore(OneTimeTokenRepositoryInterface):
    def __init__(self) -> None:
        self._tokens: dict[bytes, OneTimeToken] = {}

    async def put(self, token: OneTimeToken) -> None:
        if token.purpose.is_voided_by_the_next:
            await self.void(token.user_id, token.purpose)
        self._tokens[token.token_hash] = token

    async def find(self, token_hash: bytes, purpose: Purpose, now: datetime) -> OneTimeToken | None:
        token = self._tokens.get(token_hash)
        if token is None or token.purpose is not purpose:
            return None
        return token if token.used_at is None and token.expires_at > now else None

    async def use(self, token_hash: bytes, purpose: Purpose, now: datetime) -> OneTimeToken | None:
        token = await self.find(token_hash, purpose, now)
        if token is not None:
            self._tokens[token_hash] = token = replace(token, used_at=now)
        return token

    async def count_attempt(self, token_hash: bytes, *, limit: int) -> bool:
        token = self._tokens.get(token_hash)
        if token is None or token.attempts >= limit:
            return False
        self._tokens[token_hash] = replace(token, attempts=token.attempts + 1)
        return True

    async def void(
        self, user_id: UserId, *purposes: Purpose, made_after: datetime | None = None
    ) -> None:
        self._tokens = {
            token_hash: token
            for token_hash, token in self._tokens.items()
            if token.user_id != user_id
            or token.purpose not in purposes
            or (made_after is not None and token.created_at <= made_after)
        }

    async def delete_expired(self, before: datetime) -> int:
        kept = {key: token for key, token in self._tokens.items() if token.expires_at >= before}
        gone = len(self._tokens) - len(kept)
        self._tokens = kept
        return gone
